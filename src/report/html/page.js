"use strict";
// Everything is in the document already; this hides what is not asked for, and shows what an address names.
(() => {
  const form = document.querySelector(".filters");
  const files = Array.from(document.querySelectorAll(".file"), (section) => ({
    section,
    count: section.querySelector(".count"),
    entries: Array.from(section.querySelectorAll(".entry"), (element) => ({
      element,
      stacks: (element.dataset.stacks || "").split(" "),
      environments: (element.dataset.environments || "").split(" "),
      text: null,
    })),
  }));

  const wanted = () => {
    const classes = new Set(Array.from(form.querySelectorAll("[name=class]:checked"), (box) => box.value));
    const chosen = (name) => (form.elements[name] ? form.elements[name].value : "");
    const [rule, stack, environment, file] = ["rule", "stack", "environment", "file"].map(chosen);
    const words = chosen("text").toLowerCase().split(/\s+/).filter(Boolean);
    const says = (entry) => {
      entry.text ??= entry.element.textContent.toLowerCase();
      return words.every((word) => entry.text.includes(word) || entry.path.includes(word));
    };
    return (entry) =>
      classes.has(entry.element.dataset.class) &&
      (rule === "" || entry.element.dataset.rule === rule) &&
      (stack === "" || entry.stacks.includes(stack)) &&
      (environment === "" || entry.environments.includes(environment)) &&
      (file === "" || entry.file === file) &&
      (words.length === 0 || says(entry));
  };

  const filter = () => {
    const is_wanted = wanted();
    let total = 0;
    for (const { section, count, entries } of files) {
      let shown = 0;
      for (const entry of entries) {
        const keeps = is_wanted(entry);
        entry.element.hidden = !keeps;
        shown += keeps;
      }
      section.hidden = shown === 0;
      count.textContent = shown === entries.length ? `${shown}` : `${shown} of ${entries.length}`;
      total += shown;
    }
    const status = form.querySelector(".shown");
    status.textContent = `${total} of ${status.dataset.total} shown`;
  };

  const open = (is_open) => {
    for (const { entries } of files) {
      for (const { element } of entries) {
        if (!is_open || !element.hidden) element.open = is_open;
      }
    }
  };

  /// Shows what the address names, whatever hides it.
  const go = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (form && target.closest("[hidden]")) {
      form.reset();
      filter();
    }
    if (target.closest("svg")) {
      target.scrollIntoView({ block: "center", inline: "center" });
      return;
    }
    const details = target.closest("details");
    if (details) {
      details.open = true;
      details.querySelector("summary").focus({ preventScroll: true });
    }
    target.scrollIntoView();
    // What comes into the window is laid out only now, and is seldom as high as it was taken for.
    requestAnimationFrame(() => requestAnimationFrame(() => target.scrollIntoView()));
  };

  if (form) {
    for (const { section, entries } of files) {
      const path = section.querySelector("h3 code").textContent.toLowerCase();
      for (const entry of entries) {
        entry.path = path;
        entry.file = section.dataset.file;
      }
    }
    form.hidden = false;
    let waiting = 0;
    form.addEventListener("input", (event) => {
      clearTimeout(waiting);
      // A reader hears the number once the word is typed, and not for each of its letters.
      waiting = setTimeout(filter, event.target.type === "search" ? 200 : 0);
    });
    form.addEventListener("reset", () => setTimeout(filter, 0));
    form.addEventListener("submit", (event) => event.preventDefault());
    form.elements.expand.addEventListener("click", () => open(true));
    form.elements.collapse.addEventListener("click", () => open(false));
    // A browser that goes back keeps what was chosen.
    filter();
  }

  addEventListener("hashchange", go);
  // An address that is named already changes nothing when it is followed again.
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a[href^='#']");
    if (link && link.hash === location.hash) go();
  });
  go();

  let closed = [];
  addEventListener("beforeprint", () => {
    closed = Array.from(document.querySelectorAll("details:not([open])"));
    for (const details of closed) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of closed) details.open = false;
    closed = [];
  });
})();
