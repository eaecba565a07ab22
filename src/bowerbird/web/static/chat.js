// Asking without leaving the page: the agents' steps as they happen, then the answer; evidence beside it.
import { readEvents } from "./events.js";
import "./evidence.js";

const thread = document.querySelector("[data-thread]");
const form = document.querySelector("[data-composer]");
const field = form.elements.query;
const button = form.querySelector("button[type='submit']");

function template(name) {
  return document.getElementById(name).content.firstElementChild.cloneNode(true);
}

function begin(question) {
  const welcome = document.querySelector("[data-welcome]");
  welcome?.replaceWith(Object.assign(document.createElement("h1"), { className: "sr", textContent: question }));
  document.querySelector("[data-examples]")?.remove();
  for (const next of thread.querySelectorAll("[data-next]")) next.remove();
  form.closest(".ask-again").classList.remove("first");
  const turn = template("pending-turn");
  turn.querySelector("[data-slot='question']").textContent = question;
  thread.append(turn);
  turn.scrollIntoView({ block: "start" });
  return turn;
}

async function ask(question) {
  const turn = begin(question);
  const pending = turn.querySelector("[data-role='assistant']");
  button.disabled = true;
  try {
    const body = new FormData(form);
    body.set("query", question);
    const answer = await fetch("/chat", { method: "POST", body: new URLSearchParams(body), headers: { accept: "text/event-stream" } });
    if (!answer.ok) throw new Error((await answer.json()).detail);
    let arrived = false;
    for await (const event of readEvents(answer.body)) {
      if (event.name === "step") {
        pending.querySelector("[data-slot='line']").textContent = JSON.parse(event.data).words;
      } else if (event.name === "answer") {
        const data = JSON.parse(event.data);
        pending.outerHTML = data.html;
        remember(data);
        arrived = true;
      } else if (event.name === "problem") {
        throw new Error(JSON.parse(event.data).detail);
      }
    }
    if (!arrived) throw new Error("The connection ended before the answer was complete. Ask again.");
  } catch (error) {
    fail(turn, pending, question, error.message);
  } finally {
    button.disabled = false;
  }
}

// The server renders the answer, and escapes every word of it.
function remember(data) {
  let hidden = form.elements.conversation;
  if (!hidden) {
    hidden = Object.assign(document.createElement("input"), { type: "hidden", name: "conversation" });
    form.append(hidden);
  }
  hidden.value = data.conversation;
  history.replaceState(null, "", `/chat/${data.conversation}`);
  document.title = `${data.title} · Bowerbird`;
}

function fail(turn, pending, question, words) {
  const notice = template("failed-turn");
  notice.querySelector("[data-slot='detail']").textContent = words;
  notice.querySelector("[data-again]").addEventListener("click", () => {
    turn.remove();
    ask(question);
  });
  pending.replaceWith(notice);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const question = field.value.trim();
  if (!question || button.disabled) return;
  field.value = "";
  ask(question);
});

// What an answer proposes to ask next is asked here.
thread.addEventListener("click", (event) => {
  const next = event.target.closest("[data-ask-next]");
  if (!next) return;
  event.preventDefault();
  if (button.disabled) return;
  ask(next.value);
});

// A link that brings a question asks it.
if (document.querySelector("[data-asks-now]")) form.requestSubmit();
