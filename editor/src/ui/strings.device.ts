const inSeconds = (seconds: number | null): string =>
  seconds === null ? "in a moment" : `in ${seconds} ${seconds === 1 ? "second" : "seconds"}`;
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;

/** What a person reads of the network on this device and of the service. */
export const deviceStrings = {
  progress: {
    weights: "Fetching the network, once",
    network: "Starting the network",
    matte: "Finding the subject",
  },
  weights: {
    none: "There is no network for this device here. Let the server cut the photo out instead.",
    insecure:
      "This page came over plain HTTP, where browsers do not let it check and keep the network. Open it by HTTPS, or let the server cut the photo out.",
    unreachable:
      "The network for this device cannot be fetched: the server does not answer, and no copy is kept here. Connect once, then it works without.",
    cut: (done: number, all: number) =>
      `The download was cut at ${megabytes(done)} of ${megabytes(all)}. Try again: it goes on from there.`,
    refused: (status: number) => `The server does not give the network (it answered ${status}).`,
    damaged: "The network that came is not the one that was promised, so it was thrown away. Try again.",
    full: "There is no room to keep the network in this browser; it will be fetched again next time.",
  },
  matte: {
    unreadable: "This picture cannot be read by the browser.",
    failed: (why: string) =>
      `The network failed on this device (${why}). Let the server cut the photo out instead.`,
    notWebgpu: "Graphics gave another answer than the processor on a test, so the processor is used.",
    noWebgpu: "Graphics cannot run the network here, so the processor is used.",
    alone: "The page may use only one thread here, so this takes longer.",
  },
  doubt: {
    "flat-photo": "The photo is one even colour: there is nothing to cut out.",
    "no-subject": "No subject was found; the cutout is nearly empty.",
    "networks-disagree":
      "The networks do not agree on what the subject is; check that the right thing was kept.",
    undecided: "Much of the subject is only half decided; check for parts that are missing or see-through.",
    "several-subjects":
      "There are several separate subjects of similar size; check that all of them, and only they, were kept.",
    "cut-by-frame": "The subject runs out of the picture, so the cutout ends in a straight line there.",
    "close-up": "The subject fills nearly the whole picture; a photo from farther away is cut more surely.",
    "small-subject": "The subject is very small in the picture; crop the photo closer to it.",
    "dark-photo": "The photo is very dark; a brighter one is cut more surely.",
  },
  server: {
    gone: "The server does not answer. Check that it runs and that you are connected, then try again.",
    busy: (seconds: number | null) => `The server is busy. Try again ${inSeconds(seconds)}.`,
    slower: (seconds: number | null) =>
      `That is more than this server allows at a time. Try again ${inSeconds(seconds)}.`,
    noKey: "This server asks for a key. Whoever runs it can give you one.",
    wrongKey: "The server does not know this key: it is mistyped, or was taken back.",
    noCredit: "This key has no photos left. Ask whoever gave it to you for more.",
    refused: (subject: string, problem: string, remedy: string) =>
      `The server refused: ${subject} ${problem}.${remedy ? ` ${remedy}` : ""}`,
    failed: (status: number) => `The server failed (it answered ${status}). Try again, or use this device.`,
    nonsense: "The server gave an answer that this page does not understand.",
  },
} as const;
