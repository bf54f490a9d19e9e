// node removebg.cjs FOLDER_OF_THE_CLIENT FUNCTION OPTIONS: calls the npm client `remove.bg` and prints what it gives.
const [folder, name, options] = process.argv.slice(2);
const client = require(folder);

client[name](JSON.parse(options)).then(
  (result) => console.log(JSON.stringify({ result })),
  (errors) => console.log(JSON.stringify({ errors })),
);
