// Small comforts for the desk. Everything works without this file.
(function () {
  "use strict";

  // On a narrow screen the list comes first: fold the filters unless some are set.
  document.querySelectorAll("details[data-fold]").forEach(function (one) {
    if (window.matchMedia("(max-width: 48em)").matches) one.removeAttribute("open");
  });

  // A running clock beside the call, from the time the server gave.
  document.querySelectorAll("[data-started]").forEach(function (one) {
    var started = Date.parse(one.getAttribute("data-started"));
    if (isNaN(started)) return;
    function show() {
      var seconds = Math.max(0, Math.floor((Date.now() - started) / 1000));
      var rest = String(seconds % 60).padStart(2, "0");
      one.textContent = Math.floor(seconds / 60) + ":" + rest;
    }
    show();
    window.setInterval(show, 1000);
  });

  // Tick every case on the page, where the page offers it.
  document.querySelectorAll("[data-tick-all]").forEach(function (link) {
    link.addEventListener("click", function (event) {
      var boxes = Array.from(document.querySelectorAll("input.desk-tick"));
      if (!boxes.length) return;
      event.preventDefault();
      var all = boxes.every(function (box) { return box.checked; });
      boxes.forEach(function (box) { box.checked = !all; });
    });
  });

  // With Shift held, a tick reaches from the last one ticked to this.
  var lastTick = null;
  document.addEventListener("click", function (event) {
    var box = event.target.closest("input.desk-tick[name=case]");
    if (!box) return;
    var boxes = Array.from(document.querySelectorAll("input.desk-tick[name=case]"));
    var at = boxes.indexOf(box);
    if (event.shiftKey && lastTick !== null) {
      boxes.slice(Math.min(lastTick, at), Math.max(lastTick, at) + 1)
        .forEach(function (other) { other.checked = box.checked; });
    }
    lastTick = at;
  });

  // Watch what is done to many cases, and show the report when it is over.
  document.querySelectorAll("[data-watch]").forEach(function (box) {
    var bar = box.querySelector("progress");
    var words = box.querySelector("[data-watch-words]");
    function look() {
      fetch(box.getAttribute("data-watch"), { headers: { Accept: "application/json" }, credentials: "same-origin" })
        .then(function (answer) { return answer.json(); })
        .then(function (state) {
          bar.value = state.percent;
          words.textContent = state.done + " done, " + state.refused + " not done, " +
            (state.total - state.done - state.refused) + " waiting";
          if (state.finished) window.location.reload();
          else window.setTimeout(look, 2000);
        })
        .catch(function () {});
    }
    window.setTimeout(look, 1000);
  });

  // While a payment runs on the caller's side, ask again now and then instead of making the
  // adviser press the button. Stops by itself when the answer is final.
  document.querySelectorAll("[data-ask-again]").forEach(function (form) {
    var asked = 0;
    function ask() {
      asked += 1;
      fetch(form.getAttribute("data-ask-again"), { headers: { Accept: "application/json" }, credentials: "same-origin" })
        .then(function (answer) { return answer.json(); })
        .then(function (state) {
          if (state.finished) form.submit();
          else if (asked < 120) window.setTimeout(ask, 5000);
        })
        .catch(function () {});
    }
    window.setTimeout(ask, 5000);
  });

  // Who else has this case open: asked every minute while the page is looked at.
  document.querySelectorAll("[data-watch]").forEach(function (hint) {
    var token = document.querySelector("input[name=csrfmiddlewaretoken]");
    if (!token) return;
    var opened = Number(hint.getAttribute("data-version"));
    function ask() {
      if (document.hidden) return;
      fetch(hint.getAttribute("data-watch"), {
        method: "POST", credentials: "same-origin",
        headers: { Accept: "application/json", "X-CSRFToken": token.value }
      })
        .then(function (answer) { return answer.ok ? answer.json() : null; })
        .then(function (found) {
          if (!found) return;
          var words = "";
          if (found.names.length) {
            words = found.names.join(", ") + (found.names.length === 1 ? " has" : " have") + " this case open too.";
          }
          if (found.version > opened) words += " It has changed since you opened it.";
          words = words.trim();
          if (hint.textContent.trim() !== words) hint.textContent = words;
        })
        .catch(function () {});
    }
    window.setInterval(ask, 60000);
  });
})();
