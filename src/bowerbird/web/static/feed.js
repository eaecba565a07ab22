// The feed: what was seen is told, cards are judged without leaving the page, the slider is sent when it is moved.
// Without this, all of it are forms and links, and what was seen follows from what one does (see pages/feed.py).
import { adopt } from "./toasts.js";

const SEEN_MS = 1000;
const SEND_MS = 5000;
const DWELL_LEAST_S = 3;

// -- telling, some at a time, and what is left when the page goes ---------------------------------------------------
const waiting = [];
let timer = 0;

function tell(kind, element, more = {}) {
  const { item, slate, position } = element.dataset;
  const event = { item, kind, at: Date.now() / 1000, ...more };
  if (slate) Object.assign(event, { slate, id: event.id ?? `${slate}-${position}-${kind}` });
  waiting.push(event);
  if (!timer) timer = setTimeout(send, SEND_MS);
}

function send() {
  clearTimeout(timer);
  timer = 0;
  if (!waiting.length) return;
  const body = new Blob([JSON.stringify(waiting.splice(0))], { type: "application/json" });
  navigator.sendBeacon("/v1/events", body);
}

addEventListener("pagehide", send);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") send();
});

// A card is seen when half of it was in the window for a second.
const since = new Map();
const observer = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      clearTimeout(since.get(target));
      since.delete(target);
      if (!isIntersecting) continue;
      since.set(
        target,
        setTimeout(() => {
          observer.unobserve(target);
          tell("shown", target);
        }, SEEN_MS),
      );
    }
  },
  { threshold: 0.5 },
);
for (const card of document.querySelectorAll("[data-card][data-slate]")) observer.observe(card);

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-tells]");
  const told = link?.closest("[data-item]");
  if (told) tell(link.dataset.tells, told);
});

// How long an item's page is read: only while it is in front of somebody.
const reading = document.querySelector("[data-reading]");
if (reading) {
  const visit = Date.now().toString(36);
  let read = 0;
  let from = document.visibilityState === "visible" ? performance.now() : null;
  const pause = () => {
    if (from !== null) read += performance.now() - from;
    from = null;
  };
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") from = performance.now();
    else pause();
  });
  addEventListener("pagehide", () => {
    pause();
    const { slate, position } = reading.dataset;
    const value = Math.round(read / 100) / 10;
    if (value >= DWELL_LEAST_S) tell("dwelt", reading, { value, id: `${slate}-${position}-dwelt-${visit}` });
    send();
  });
}

// -- what only a page without scripts says ---------------------------------------------------------------------------
for (const field of document.querySelectorAll("[data-no-script]")) field.remove();

for (const form of document.querySelectorAll("[data-surprise]")) {
  form.elements.surprise.addEventListener("change", () => form.requestSubmit());
}

// -- judging a card: the form is sent as it is, and of the page that comes back only the card is taken ---------------
document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-acts]");
  const card = form?.closest("[data-card]");
  const button = event.submitter;
  if (!card || !card.id || button?.name !== "act" || ["asked", "enquired"].includes(button.value)) return;
  event.preventDefault();
  let page;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form, button)) });
    if (!answer.ok) throw new Error(answer.status);
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    button.name && form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "act", value: button.value }));
    form.submit(); // its own page says what is wrong
    return;
  }
  const now = page.getElementById(card.id);
  const buttons = [...form.querySelectorAll("button, summary")];
  const number = buttons.indexOf(button);
  if (now) {
    const why = card.querySelector("details.why");
    if (why?.open) now.querySelector("details.why")?.setAttribute("open", "");
    card.replaceWith(document.adoptNode(now));
    now.querySelectorAll("form button, form summary")[number]?.focus({ preventScroll: true });
  } else {
    const next = card.nextElementSibling ?? card.previousElementSibling;
    card.remove();
    next?.querySelector("a")?.focus({ preventScroll: true });
  }
  for (const note of page.querySelectorAll(".toasts [data-toast]")) adopt(document.adoptNode(note));
});
