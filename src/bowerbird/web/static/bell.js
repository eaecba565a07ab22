// The bell: what finished or went stale since one last looked. Without a script it is a link to the same list.
import { onNotice } from "./live.js";
import { toast } from "./toasts.js";

const bell = document.querySelector("[data-bell]");
const SEEN = "bowerbird.seen";
const EVERY_MS = 300_000; // for answers that go stale, which nobody is told of
let panel = null;
let newest = null;

async function look() {
  if (document.hidden) return;
  const answer = await fetch("/activity?fragment=1", { headers: { accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) return;
  const list = new DOMParser().parseFromString(await answer.text(), "text/html").body;
  const items = [...list.querySelectorAll("[data-at]")];
  const seen = Number(localStorage.getItem(SEEN) ?? 0);
  bell.querySelector(".dot").hidden = !items.some((item) => Number(item.dataset.at) > seen);
  const latest = Math.max(0, ...items.map((item) => Number(item.dataset.at)));
  if (newest !== null && latest > newest) tell(items.find((item) => Number(item.dataset.at) === latest));
  newest = latest;
  if (panel) panel.replaceChildren(...list.childNodes);
  return list;
}

// What ends on the page that one watches is seen there.
function tell(item) {
  const link = item.querySelector("a");
  if (link.getAttribute("href") !== location.pathname) toast(item.dataset.words, { href: link.href, title: "Open" });
}

async function open() {
  panel = Object.assign(document.createElement("div"), { className: "bell-panel", popover: "auto", id: "bell-panel" });
  panel.setAttribute("role", "dialog");
  panel.setAttribute("aria-label", "What happened");
  bell.after(panel);
  await look();
  panel.showPopover();
  panel.querySelector("a")?.focus();
  localStorage.setItem(SEEN, String(newest ?? 0));
  bell.querySelector(".dot").hidden = true;
  panel.addEventListener("toggle", (event) => {
    if (event.newState !== "closed") return;
    panel.remove();
    panel = null;
  });
}

if (bell) {
  bell.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (panel) panel.hidePopover();
    else open();
  });
  setInterval(look, EVERY_MS);
  // The page itself comes first.
  setTimeout(() => {
    look();
    onNotice(look);
  }, 1500);
}
