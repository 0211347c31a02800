// Plays an order book back; without it the page shows the same moments side by side.
"use strict";
(() => {
  const LEVELS = 10;
  const SVG = "http://www.w3.org/2000/svg";
  const exact = new Intl.NumberFormat("en", { maximumSignificantDigits: 5 });
  const price = (text) => {
    const [whole, part] = text.split(".");
    return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (part ? `.${part}` : "");
  };

  const make = (tag, content = "", name = "") => {
    const element = document.createElement(tag);
    if (content) element.textContent = content;
    if (name) element.className = name;
    return element;
  };

  // The book after each step: levels of each side from the best, as [side, price, shown, own, orders].
  const books = (steps) => {
    const levels = new Map();
    return steps.map((step) => {
      for (const change of step.changes) {
        const key = `${change[0]} ${change[1]}`;
        if (change[2] === "0") levels.delete(key);
        else levels.set(key, change);
      }
      const side = (name, sign) =>
        [...levels.values()]
          .filter((level) => level[0] === name)
          .sort((a, b) => sign * (Number(a[1]) - Number(b[1])));
      return { bids: side("buy", -1), asks: side("sell", 1) };
    });
  };

  const rows = (levels) => {
    const deeper = levels.slice(LEVELS).filter((level) => Number(level[3]) > 0).slice(0, 4);
    return [...levels.slice(0, LEVELS - deeper.length), ...deeper];
  };

  const depth = (levels) =>
    levels
      .slice(0, LEVELS)
      .reduce(([all, own], level) => [all + Number(level[2]), own + Number(level[3])], [0, 0]);

  const start = (root) => {
    root.dataset.replay = "ready";
    const find = (what) => root.querySelector(what);
    const playback = JSON.parse(find("script").textContent);
    const seen = books(playback.steps);
    const every = seen.flatMap((book) => [...rows(book.bids), ...rows(book.asks)]);
    const largest = Math.max(...every.map((level) => Number(level[2])), 0) || 1;
    const last = playback.steps.length - 1;
    const names = new Map(playback.marks);
    const [slider, play, strip] = [find("[type=range]"), find("[data-do=play]"), find(".overview")];
    let at = playback.marks.length ? playback.marks[0][0] : 0;
    let clock = 0;

    const cell = (level, side, changed) => {
      const element = make("td", "", side === "buy" ? "bid" : "ask");
      if (!level || level[0] !== side) return element;
      const bar = make("span", "", "depth");
      for (const [amount, name] of [
        [Number(level[3]), `own ${side}`],
        [Number(level[2]) - Number(level[3]), side],
      ]) {
        const part = make("i", "", name);
        part.style.width = `${(76 * amount) / largest}%`;
        bar.append(part);
      }
      bar.append(make("b", exact.format(Number(level[2]))));
      element.title = `${level[2]} in ${level[4]} order${level[4] === 1 ? "" : "s"}, own ${level[3]}`;
      element.append(bar);
      element.classList.toggle("changed", changed);
      return element;
    };

    const row = (level, changed) => {
      const element = make("tr", "", level && Number(level[3]) > 0 ? "mine" : "");
      const middle = make("th", level ? price(level[1]) : "\u00a0");
      middle.scope = "row";
      element.append(cell(level, "buy", changed), middle, cell(level, "sell", changed));
      return element;
    };

    const ladder = (book, step) => {
      const changed = new Set(step.changes.map((change) => `${change[0]} ${change[1]}`));
      const is = (level) => at > 0 && changed.has(`${level[0]} ${level[1]}`);
      const [asks, bids] = [rows(book.asks).reverse(), rows(book.bids)];
      const blank = (count) => Array.from({ length: count }, () => row(null, false));
      const spread = make("tr", "", "spread");
      const words = make("td", gap(book));
      words.colSpan = 3;
      spread.append(words);
      find(".ladder tbody").replaceChildren(
        ...blank(LEVELS - asks.length),
        ...asks.map((level) => row(level, is(level))),
        spread,
        ...bids.map((level) => row(level, is(level))),
        ...blank(LEVELS - bids.length),
      );
    };

    const gap = (book) => {
      const [[bids, ownBids], [asks, ownAsks]] = [depth(book.bids), depth(book.asks)];
      const share = (own, all) => (own ? ` (own ${Math.round((100 * own) / all)} %)` : "");
      return `bid depth ${exact.format(bids)}${share(ownBids, bids)} · ask depth ${exact.format(asks)}${share(ownAsks, asks)}`;
    };

    const showMessages = (step) => {
      const written = step.messages.map(([event, side, limit, quantity, whose, order]) => {
        const element = make("li", "", whose);
        const words = `${event} ${side} ${quantity ?? ""}${limit ? ` at ${price(limit)}` : ""}`;
        element.append(make("b", whose), make("span", ` ${words} `), make("span", order, "id"));
        return element;
      });
      const more = step.more ? [make("li", `and ${step.more} more at the same moment`)] : [];
      const passed = step.passed
        ? [make("li", `${step.passed} messages of others since the step before`, "quiet")]
        : [];
      const none = step.messages.length ? [] : [make("li", "The book as it stood when the playback begins.")];
      find(".messages").replaceChildren(...none, ...written, ...more, ...passed);
    };

    const show = (step) => {
      at = Math.max(0, Math.min(last, step));
      const now = playback.steps[at];
      slider.value = at;
      const name = names.get(at);
      slider.setAttribute("aria-valuetext", `${at} of ${last}, ${now.ts}${name ? `, ${name}` : ""}`);
      find("[data-clock]").textContent = now.ts.slice(11, -1);
      const words = [`step ${at} of ${last}`, name, now.is_evidence ? "evidence" : ""];
      find("[data-moment-name]").textContent = words.filter(Boolean).join(" · ");
      find(".now").classList.toggle("evidence", now.is_evidence);
      for (const row of root.querySelectorAll("[data-moment]"))
        row.classList.toggle("chosen", Number(row.dataset.moment) === at);
      find(".cursor").setAttribute("x", ((at + 0.5) * 1000) / (last + 1) - 1);
      ladder(seen[at], now);
      showMessages(now);
    };

    const stop = () => {
      clearInterval(clock);
      clock = 0;
      play.firstElementChild.textContent = "Play";
      find(".now").setAttribute("aria-live", "polite");
    };

    const run = () => {
      if (at === last) show(0);
      play.firstElementChild.textContent = "Pause";
      find(".now").setAttribute("aria-live", "off");
      clock = setInterval(
        () => {
          if (!root.isConnected || at === last) return stop();
          show(at + 1);
        },
        1000 / Number(find("[data-speed]").value),
      );
    };

    const evident = (by) => {
      let step = at + by;
      while (step >= 0 && step <= last && !playback.steps[step].is_evidence) step += by;
      return step < 0 || step > last ? at : step;
    };

    const verbs = {
      start: () => 0,
      back: () => at - 1,
      on: () => at + 1,
      earlier: () => evident(-1),
      later: () => evident(1),
    };

    const draw = (tag, attributes) => {
      const element = document.createElementNS(SVG, tag);
      for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
      strip.append(element);
    };

    // Bids stand above the line and asks below; ticks at the top are the evidence.
    const overview = () => {
      const depths = seen.map((book) => [depth(book.bids), depth(book.asks)]);
      const most = Math.max(...depths.flat().map(([all]) => all)) || 1;
      const wide = 1000 / (last + 1);
      depths.forEach(([bid, ask], step) => {
        const x = step * wide;
        const tall = ([all, own]) => [(26 * all) / most, (26 * own) / most];
        const [[bids, mine], [asks, theirs]] = [tall(bid), tall(ask)];
        draw("rect", { class: "buy", x, y: 32 - bids, width: wide, height: bids });
        draw("rect", { class: "own buy", x, y: 32 - mine, width: wide, height: mine });
        draw("rect", { class: "sell", x, y: 32, width: wide, height: asks });
        draw("rect", { class: "own sell", x, y: 32, width: wide, height: theirs });
        if (playback.steps[step].is_evidence)
          draw("rect", { class: "tick", x: x + wide / 2 - 1, y: 0, width: 2, height: 5 });
      });
      draw("rect", { class: "cursor", x: 0, y: 0, width: 2, height: 60 });
    };

    root.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      const verb = button.dataset.do;
      if (verb === "play") return clock ? stop() : run();
      stop();
      show(verb ? verbs[verb]() : Number(button.dataset.step));
    });
    slider.addEventListener("input", () => {
      stop();
      show(Number(slider.value));
    });
    strip.addEventListener("click", (event) => {
      const box = strip.getBoundingClientRect();
      stop();
      show(Math.floor(((event.clientX - box.left) / box.width) * (last + 1)));
    });
    find("[data-speed]").addEventListener("change", () => {
      if (clock) {
        stop();
        run();
      }
    });
    overview();
    find(".still").open = false;
    find(".player").hidden = false;
    show(at);
  };

  const look = () => document.querySelectorAll("[data-replay='']").forEach(start);
  look();
  new MutationObserver(look).observe(document.getElementById("main"), {
    childList: true,
    subtree: true,
  });
})();
