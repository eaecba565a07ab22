// Shows a table as soon as it is filled; without a script there is a link for it.
const place = document.querySelector("[data-waiting]");

async function look() {
  const answer = await fetch(place.dataset.waiting, { headers: { accept: "application/json" } }).catch(() => null);
  const table = answer?.ok ? await answer.json() : null;
  if (table?.status === "filled") location.reload();
  else setTimeout(look, 1500);
}

if (place) setTimeout(look, 800);
