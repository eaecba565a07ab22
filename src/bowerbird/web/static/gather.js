// When an address is filled in: what gathering it would mean, before anything is started.
const form = document.querySelector("[data-gather]");
const field = form.elements["base-url"];
const place = form.querySelector("[data-preview]");
let asked = "";
let waiting;
let request;

async function preview() {
  const url = field.value.trim();
  if (url === asked) return;
  asked = url;
  request?.abort();
  if (!/^https?:\/\/[^\s.]+/i.test(url)) return clear();
  request = new AbortController();
  tell("Looking at the site");
  try {
    const answer = await fetch(`/v1/preview?url=${encodeURIComponent(url)}`, { signal: request.signal });
    const body = await answer.json();
    if (answer.ok) tell(body.words, body.robots_allow ? "good" : "bad");
    else tell(body.detail, "bad");
  } catch (error) {
    if (error.name !== "AbortError") clear();
  }
}

function clear() {
  place.hidden = true;
  place.replaceChildren();
}

function tell(words, tone = "") {
  place.hidden = false;
  place.dataset.tone = tone;
  place.replaceChildren(Object.assign(document.createElement("p"), { textContent: words }));
}

field.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(preview, 600);
});
field.addEventListener("change", preview);
// What the server has just refused needs no second opinion.
if (field.value && !field.hasAttribute("aria-invalid")) preview();
