// Live reload for development, see `guides/development.md`. It is never part of a release.
(() => {
  "use strict";

  const { dataset } = document.currentScript;
  // The response to a form is not loaded again: that would send the form again.
  const keeps = "keep" in dataset;
  const RETRY = 500;
  // What made this page, which may have changed before it listens.
  let seen = { process: dataset.process, files: dataset.files };
  let source;
  let overlay;

  function connect() {
    source = new EventSource("/_fw/live");
    source.addEventListener("hello", (event) => {
      const { process, files } = JSON.parse(event.data);
      if (seen.process !== process || seen.files !== files) {
        reload();
      }
      seen = { process, files };
    });
    source.addEventListener("reload", reload);
    source.addEventListener("styles", (event) => {
      const { files, paths } = JSON.parse(event.data);
      seen.files = files;
      swapStyles(paths);
    });
    source.addEventListener("state", (event) => show(JSON.parse(event.data)));
    source.addEventListener("error", () => {
      // A browser gives up after a response that is none of events, such as that of a server that starts.
      if (source.readyState === EventSource.CLOSED) {
        setTimeout(listen, RETRY);
      }
    });
  }

  // A page that nobody sees would take one of the few connections that a browser opens to a server.
  function listen() {
    source?.close();
    if (document.visibilityState === "visible") {
      connect();
    }
  }

  function reload() {
    if (keeps) {
      show({ state: "changed" });
    } else {
      location.reload();
    }
  }

  // `/assets/app-0123456789ab.css` is the file `app.css`.
  function swapStyles(paths) {
    for (const link of document.querySelectorAll('link[rel="stylesheet"]')) {
      const url = new URL(link.href);
      const found = url.pathname.match(/^\/assets\/(.+?)(?:-[0-9a-f]{12})?(\.[^/]*)$/);
      const path = found && paths[found[1] + found[2]];
      if (url.origin === location.origin && path && path !== url.pathname) {
        const next = link.cloneNode();
        next.href = path;
        next.addEventListener("load", () => link.remove());
        next.addEventListener("error", () => next.remove());
        link.after(next);
      }
    }
  }

  function show({ state, step, title, messages = [] }) {
    overlay?.remove();
    overlay = undefined;
    if (state === "serving") {
      return;
    }
    overlay = document.createElement("div");
    const root = overlay.attachShadow({ mode: "open" });
    root.append(element("link", { rel: "stylesheet", href: "/_fw/live.css" }));
    if (state === "failed") {
      root.append(failure(step, title, messages));
    } else {
      const text = state === "building" ? "Building …" : "The application has changed: load the page again to see it";
      root.append(element("p", { className: "note", role: "status", textContent: text }));
    }
    document.documentElement.append(overlay);
  }

  function failure(step, title, messages) {
    const close = element("button", { type: "button", textContent: "Hide" });
    close.addEventListener("click", () => overlay.remove());
    const heading = element("h2", { textContent: step === "build" ? "The build has failed" : "The start has failed" });
    const head = element("div", { className: "head" });
    head.append(heading, close);
    const box = element("section", { className: "failure", role: "alert" });
    box.append(head, element("p", { textContent: `${title}. The last build is served.` }));
    for (const message of messages) {
      box.append(element("pre", { textContent: message.text }));
    }
    return box;
  }

  function element(name, properties) {
    return Object.assign(document.createElement(name), properties);
  }

  document.addEventListener("visibilitychange", listen);
  addEventListener("pagehide", () => source?.close());
  addEventListener("pageshow", (event) => event.persisted && listen());
  listen();
})();
