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
    if (event.key === "x") {
      return document.activeElement.closest("tr")?.querySelector("input[type=checkbox]")?.click();
    }
    const control = [...document.querySelectorAll("[data-key]")].find(
      (element) => element.dataset.key === event.key,
    );
    if (control) {
      event.preventDefault();
      use(control);
    }
  });

  // What is being written is kept with the server; what it does not take, until the page comes back.
  const place = (area) => `draft ${area.form.action} ${area.dataset.draft}`;
  const unsent = new Map();

  const keep = async (area) => {
    clearTimeout(unsent.get(area));
    unsent.delete(area);
    const fields = new URLSearchParams({
      token: area.form.elements.token.value,
      field: area.dataset.draft,
      text: area.value,
    });
    const where = area.form.action.replace(/\/[^/]*$/, "/draft");
    const answer = await fetch(where, { method: "POST", body: fields, redirect: "manual" }).catch(() => null);
    if (answer?.status !== 204) sessionStorage.setItem(place(area), area.value);
  };

  document.addEventListener("input", (event) => {
    const area = event.target;
    if (!area.dataset?.draft) return;
    clearTimeout(unsent.get(area));
    unsent.set(area, setTimeout(() => keep(area), 700));
  });

  for (const area of document.querySelectorAll("[data-draft]")) {
    const kept = sessionStorage.getItem(place(area));
    sessionStorage.removeItem(place(area));
    if (kept && !area.value) {
      area.value = kept;
      const folded = area.closest("details");
      if (folded) folded.open = true;
      keep(area);
    }
  }

  document.addEventListener("submit", async (event) => {
    const areas = [...event.target.querySelectorAll("[data-draft]")].filter((area) => unsent.has(area));
    if (!areas.length || event.defaultPrevented) return;
    event.preventDefault();
    await Promise.all(areas.map(keep));
    event.target.requestSubmit(event.submitter);
  });

  // What scrolls sideways and holds nothing to stop at is reached by the keyboard itself.
  const reach = () => {
    for (const box of document.querySelectorAll(".scroll, .picture, pre")) {
      const scrolls = box.scrollWidth > box.clientWidth + 1;
      if (scrolls && !box.querySelector("a, button, input, select, summary")) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  addEventListener("resize", reach);
  document.addEventListener("toggle", reach, true);
  document.addEventListener("htmx:after:swap", reach);
  reach();

  const boxes = () => [...document.querySelectorAll("input[name=case]")];
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-all]")) for (const box of boxes()) box.checked = event.target.checked;
    const count = boxes().filter((box) => box.checked).length;
    for (const shown of document.querySelectorAll("[data-chosen]")) shown.textContent = count;
  });

  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (button?.dataset.busy && !event.defaultPrevented) {
      button.textContent = button.dataset.busy;
      setTimeout(() => (button.disabled = true));
    }
  });
})();
