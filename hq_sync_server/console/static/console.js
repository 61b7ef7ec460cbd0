// What makes the pages more comfortable; none needs it to be read or used. Charts are drawn from the figures that stand
// in the page, in the colours of its theme, each beside its table. A form is sent once, however often its button is
// pressed. A rule that is typed over is ticked as set here.
(function () {
  "use strict";

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  // Before the chain sold anything there is no week before to compare with.
  function begun(one) {
    var first = one.values.findIndex(function (value) { return value !== 0; });
    return one.kind !== "line" ? one.values : one.values.map(function (value, place) {
      return first < 0 || place < first ? null : value;
    });
  }

  function draw(place) {
    var shown = JSON.parse(place.dataset.chart);
    var chart = echarts.getInstanceByDom(place) || echarts.init(place);
    var muted = colour("--muted");
    chart.setOption({
      animation: false,
      color: [colour("--accent"), colour("--line-strong"), colour("--gold")],
      grid: { left: 8, right: 8, top: 32, bottom: 4, containLabel: true },
      legend: { data: shown.series.map(function (one) { return one.name; }), top: 0, left: 0, textStyle: { color: muted, fontSize: 14 }, itemHeight: 10 },
      tooltip: { trigger: "axis", renderMode: "richText" },
      xAxis: { type: "category", data: shown.labels, axisLabel: { color: muted, fontSize: 13 }, axisLine: { lineStyle: { color: colour("--line-strong") } } },
      yAxis: { type: "value", axisLabel: { color: muted, fontSize: 13 }, splitLine: { lineStyle: { color: colour("--line") } } },
      series: shown.series.map(function (one) {
        return { name: one.name, type: one.kind, data: begun(one), barMaxWidth: 28, symbolSize: 6, lineStyle: { width: 2 } };
      })
    }, true);
    chart.resize();
  }

  function drawAll(within) {
    if (window.echarts) { within.querySelectorAll("[data-chart]").forEach(draw); }
  }

  // The server would take a doubled form for what it is; this spares people the message.
  function sendOnce(event) {
    var form = event.target;
    if (event.defaultPrevented || form.method !== "post") { return; }
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    form.setAttribute("aria-busy", "true");
    window.setTimeout(function () { letGo(form); }, 4000);  // a file that is downloaded leaves the page where it is
  }

  function letGo(form) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
  }

  function tick(event) {
    var name = event.target.name || "";
    if (name.indexOf("v:") !== 0) { return; }
    document.querySelectorAll('input[name="own"]').forEach(function (box) {
      if (box.value === name.slice(2)) { box.checked = true; }
    });
  }

  function lookAtFirstFault() {
    var wrong = document.querySelector('main [aria-invalid="true"]');
    if (wrong) { wrong.focus(); }
  }

  document.addEventListener("submit", sendOnce);
  document.addEventListener("input", tick);
  window.addEventListener("pageshow", function () { document.querySelectorAll("form[data-sent]").forEach(letGo); });
  document.addEventListener("DOMContentLoaded", function () { drawAll(document); lookAtFirstFault(); });
  document.addEventListener("htmx:afterSettle", function () { drawAll(document); });
  window.addEventListener("resize", function () { drawAll(document); });
})();
