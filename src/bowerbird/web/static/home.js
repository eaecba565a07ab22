// Jobs on the start page tell how far they are.
for (const line of document.querySelectorAll("[data-watch]")) {
  const stream = new EventSource(line.dataset.watch);
  stream.addEventListener("progress", (event) => {
    const progress = JSON.parse(event.data);
    line.querySelector("[data-live='sentence']").textContent = progress.words.sentence;
    if (progress.share !== null) line.querySelector("progress").value = progress.share;
  });
  stream.addEventListener("end", () => {
    stream.close();
    line.querySelector("progress").value = 1;
  });
}
