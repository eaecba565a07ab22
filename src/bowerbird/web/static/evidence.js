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
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    open(link);
  } else if (event.target.closest("[data-close-evidence]")) {
    close();
  }
});

panel.addEventListener("keydown", (event) => {
  if (event.key === "Escape") close();
});
