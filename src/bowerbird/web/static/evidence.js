// Choosing a citation opens the stored page beside the answer, scrolled to the cited words. Without this, the link goes there.
const panel = document.getElementById("evidence");
let opener = null;

async function open(link) {
  const answer = await fetch(link.dataset.evidence, { headers: { accept: "text/html" } });
  if (!answer.ok) {
    location.assign(link.href);
    return;
  }
  opener?.removeAttribute("aria-current");
  opener = link;
  link.setAttribute("aria-current", "true");
  panel.innerHTML = await answer.text();
  panel.hidden = false;
  const body = panel.querySelector(".body");
  const cited = panel.querySelector("#cited");
  if (cited) body.scrollTop = cited.offsetTop - body.clientHeight / 3;
  panel.querySelector("h2").focus({ preventScroll: true });
}

function close() {
  panel.hidden = true;
  panel.replaceChildren();
  opener?.removeAttribute("aria-current");
  opener?.focus();
  opener = null;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-evidence]");
  if (panel && link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    unpeek();
    open(link);
  } else if (event.target.closest("[data-close-evidence]")) {
    close();
  }
});

// Who only points at a number, or comes to it with the keyboard, sees the words that it stands for.
const HOVER_MS = 150;
const card = Object.assign(document.createElement("div"), { className: "evidence-card", hidden: true });
card.setAttribute("role", "tooltip");
card.id = "evidence-card";
document.body.append(card);
let pointing;

function peek(link) {
  const line = (className, text) => Object.assign(document.createElement("p"), { className, textContent: text });
  const { before, quote, heading, title } = link.dataset;
  const said = line("quote", "");
  if (before) said.append(Object.assign(document.createElement("span"), { className: "before", textContent: `${before} ` }));
  said.append(quote);
  card.replaceChildren(
    said,
    line("small", heading && heading !== title ? `${heading} · ${title}` : title),
    line("small quiet clip", link.dataset.where),
  );
  card.hidden = false;
  const at = link.getBoundingClientRect();
  const left = Math.min(Math.max(at.left - 24, 8), document.documentElement.clientWidth - card.offsetWidth - 8);
  const isBelow = innerHeight - at.bottom > card.offsetHeight + 16;
  card.style.left = `${left + scrollX}px`;
  card.style.top = `${(isBelow ? at.bottom + 8 : at.top - card.offsetHeight - 8) + scrollY}px`;
  link.setAttribute("aria-describedby", card.id);
}

function unpeek() {
  clearTimeout(pointing);
  card.hidden = true;
}

for (const [begin, end] of [["pointerover", "pointerout"], ["focusin", "focusout"]]) {
  document.addEventListener(begin, (event) => {
    const link = event.target.closest?.("[data-quote]");
    if (!link || event.pointerType === "touch") return;
    clearTimeout(pointing);
    pointing = setTimeout(() => peek(link), HOVER_MS);
  });
  document.addEventListener(end, unpeek);
}
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") unpeek();
});

panel?.addEventListener("keydown", (event) => {
  if (event.key === "Escape") close();
});
