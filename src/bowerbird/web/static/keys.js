// The keyboard: Ctrl-K the palette, / search, g and a letter to go, j and k in lists, ? for all of it.
import { openPalette } from "./palette.js";

const GO_WITHIN_MS = 1200;
const places = new Map([["h", "/"]]);
for (const link of document.querySelectorAll(".rail [data-key]")) places.set(link.dataset.key, link.getAttribute("href"));

let wentAt = -Infinity;

function isTyping(target) {
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

function focusSearch() {
  const field = document.querySelector("[data-focus-key='/']");
  if (!field) return false;
  field.focus();
  field.select();
  return true;
}

function move(step) {
  const items = [...document.querySelectorAll("[data-list-item]")];
  if (!items.length) return;
  const here = items.findIndex((item) => item.contains(document.activeElement));
  const next = items[Math.min(Math.max(here + step, 0), items.length - 1)];
  const target = next.querySelector("a, button, select") ?? next;
  target.focus();
  next.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.altKey) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    openPalette();
    event.preventDefault();
    return;
  }
  if (event.ctrlKey || event.metaKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
  if (event.timeStamp - wentAt < GO_WITHIN_MS && places.has(event.key)) {
    wentAt = -Infinity;
    location.assign(places.get(event.key));
    return;
  }
  wentAt = event.key === "g" ? event.timeStamp : -Infinity;
  if (event.key === "/") {
    if (focusSearch()) event.preventDefault();
  } else if (event.key === "?") {
    document.getElementById("keys").showModal();
  } else if (event.key === "j") {
    move(1);
  } else if (event.key === "k") {
    move(-1);
  }
});
