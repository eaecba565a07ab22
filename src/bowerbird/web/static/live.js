// What happens, as it happens: one stream for all tabs of a browser, taken up where it broke.
// A browser has six connections to a host; the tab that holds the lock listens and tells the others.
const NAME = "bowerbird.live";
const tabs = new BroadcastChannel(NAME);

function listen(tell) {
  const after = localStorage.getItem(NAME);
  const stream = new EventSource(after ? `/v1/live?after=${after}` : "/v1/live");
  const heard = (event) => localStorage.setItem(NAME, event.lastEventId);
  stream.addEventListener("hello", heard);
  stream.addEventListener("notice", (event) => {
    heard(event);
    tell(JSON.parse(event.data));
    tabs.postMessage(event.data);
  });
  stream.addEventListener("end", () => stream.close());
}

// Calls `tell` with each thing that happened to what the person started; in every tab, once.
export function onNotice(tell) {
  tabs.addEventListener("message", (event) => tell(JSON.parse(event.data)));
  // Held until the tab is closed; then the next one listens.
  navigator.locks?.request(NAME, () => new Promise(() => listen(tell)));
}
