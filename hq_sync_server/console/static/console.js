// Draws the charts of a page from the figures that stand in it, in the colours of its theme. No page needs this to be
// read: every chart stands beside its table.
(function () {
  "use strict";

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
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
        return { name: one.name, type: one.kind, data: one.values, barMaxWidth: 28, symbolSize: 6, lineStyle: { width: 2 } };
      })
    }, true);
    chart.resize();
  }

  function drawAll(within) {
    if (window.echarts) { within.querySelectorAll("[data-chart]").forEach(draw); }
  }

  document.addEventListener("DOMContentLoaded", function () { drawAll(document); });
  document.addEventListener("htmx:afterSettle", function () { drawAll(document); });
  window.addEventListener("resize", function () { drawAll(document); });
})();
