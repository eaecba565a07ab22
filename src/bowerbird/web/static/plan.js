// What the plan can find, drawn anew as it is typed. Without this, the button beside it does the same.
const form = document.querySelector("[data-plan]");
const place = document.querySelector("[data-power]");
let waiting;
let request;

async function draw() {
  request?.abort();
  request = new AbortController();
  try {
    const answer = await fetch("/experiments/new/power", {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      signal: request.signal,
    });
    if (answer.ok) place.innerHTML = await answer.text();
  } catch (error) {
    if (error.name !== "AbortError") throw error;
  }
}

form.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(draw, 400);
});
