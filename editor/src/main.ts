import { mount } from "svelte";
import App from "./ui/App.svelte";
import { plugIn } from "./ui/plug";

const target = document.getElementById("app");
if (target) mount(App, { target, props: { engine: plugIn() } });
