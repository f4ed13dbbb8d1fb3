// Single-key shortcuts of the desk. Only loaded for who has them on (WCAG 2.1.4): /desk/settings/.
// Everything that a key does is also a link or a button on the page.
(function () {
  "use strict";

  var PLACES = { q: "/desk/", m: "/desk/mine/", f: "/desk/search/", c: "/desk/assisted/", t: "/desk/team/", w: "/desk/ward/" };
  var goingUntil = 0;
  var lastTicked = null;

  function typing(target) {
    return target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
  }

  function rows() { return Array.from(document.querySelectorAll("tr[data-row]")); }

  function current(all) {
    return all.findIndex(function (row) { return row.contains(document.activeElement); });
  }

  function step(by) {
    var all = rows();
    if (!all.length) return;
    var at = current(all);
    var next = at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.max(0, Math.min(all.length - 1, at + by));
    var link = all[next].querySelector("a");
    if (link) {
      link.focus();
      all[next].scrollIntoView({ block: "nearest" });
    }
  }

  function tick(range) {
    var all = rows();
    var at = current(all);
    if (at < 0) return;
    var box = all[at].querySelector("input.desk-tick");
    if (!box) return;
    box.checked = !box.checked;
    if (range && lastTicked !== null) {
      var from = Math.min(lastTicked, at), to = Math.max(lastTicked, at);
      all.slice(from, to + 1).forEach(function (row) {
        var other = row.querySelector("input.desk-tick");
        if (other) other.checked = box.checked;
      });
    }
    lastTicked = at;
  }

  function follow(selector) {
    var link = document.querySelector(selector);
    if (link) link.click();
    return Boolean(link);
  }

  function focus(selector) {
    var one = document.querySelector(selector);
    if (one) one.focus();
    return Boolean(one);
  }

  var KEYS = {
    j: function () { step(1); return true; },
    k: function () { step(-1); return true; },
    x: function () { tick(false); return true; },
    X: function () { tick(true); return true; },
    o: function () {
      var all = rows();
      var at = current(all);
      if (at >= 0) all[at].querySelector("a").click();
      return at >= 0;
    },
    a: function () { return focus("#assign-to") || follow('main a[href$="/assign/"]'); },
    r: function () { return follow('main a[href$="/reply/"]'); },
    n: function () { return follow('main a[rel="next"]'); },
    u: function () { return follow(".govuk-back-link"); },
    "/": function () { return focus("#words") || follow('a[href="/desk/search/"]'); },
    "?": function () { window.location.assign("/desk/keys/"); return true; },
    g: function () { goingUntil = Date.now() + 1500; return true; }
  };

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    if (typing(event.target)) return;
    var key = event.key;
    if (goingUntil > Date.now() && PLACES[key]) {
      event.preventDefault();
      goingUntil = 0;
      window.location.assign(PLACES[key]);
      return;
    }
    var deed = KEYS[key];
    if (deed && deed()) event.preventDefault();
  });
})();
