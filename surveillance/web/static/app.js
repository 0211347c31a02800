// Keys for all-day work: every page does without them, and without this file.
"use strict";
(() => {
  const typing = (element) =>
    element instanceof HTMLElement && element.matches("input, textarea, select, [contenteditable]");

  const use = (element) => {
    if (element.matches("input, textarea, select")) {
      const folded = element.closest("details");
      if (folded) folded.open = true;
      element.focus();
      if (element.select) element.select();
    } else if (element.matches("summary")) {
      element.parentElement.open = true;
      element.parentElement.querySelector("select, textarea, input:not([type=hidden])")?.focus();
    } else {
      element.click();
    }
  };

  const move = (by) => {
    const links = [...document.querySelectorAll("[data-row]")];
    const at = links.indexOf(document.activeElement);
    const next = links[at < 0 ? (by > 0 ? 0 : links.length - 1) : at + by];
    if (next) {
      next.focus();
      next.closest("tr").scrollIntoView({ block: "nearest" });
    }
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape" && typing(event.target)) return event.target.blur();
    if (typing(event.target)) return;
    if (event.key === "?") return document.getElementById("keys")?.togglePopover();
    if (event.key === "j" || event.key === "k") return move(event.key === "j" ? 1 : -1);
    const control = [...document.querySelectorAll("[data-key]")].find(
      (element) => element.dataset.key === event.key,
    );
    if (control) {
      event.preventDefault();
      use(control);
    }
  });

  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (button?.dataset.busy && !event.defaultPrevented) {
      button.textContent = button.dataset.busy;
      setTimeout(() => (button.disabled = true));
    }
  });
})();
