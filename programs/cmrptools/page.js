// SPDX-License-Identifier: GPL-2.0-or-later
// How are the charts of the report drawn? With Chart.js, from the numbers in the element "data".
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const colors = {
    succeeded: "#4c8ac7", continues: "#7fb1a3", "not read": "#9aa7b5", failed: "#e0952f", fault: "#c2382f",
    registered: "#4c8ac7", "registered again": "#7fb1a3", events: "#e0952f",
    median: "#4c8ac7", "95 %": "#e0952f", longest: "#c2382f",
  };
  const palette = ["#4c8ac7", "#e0952f", "#4f9d69", "#8e6bb0", "#c2566b", "#3f9da3", "#a88b3d", "#6f7f8f", "#b0699e"];
  const types = {};
  const colorOfType = (name) => (types[name] ??= palette[Object.keys(types).length % palette.length]);
  let quiet, charts = [];

  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.font.size = 12;
  Chart.defaults.animation = false;
  Chart.defaults.maintainAspectRatio = false;
  Chart.defaults.plugins.legend.labels.boxWidth = 12;
  Chart.defaults.plugins.legend.labels.boxHeight = 12;

  // A moment after the start, with as many digits as the step between two moments needs.
  function time(value, step) {
    if (step < 60) {
      const digits = step >= 1 ? 0 : Math.min(6, Math.ceil(-Math.log10(step)));
      return value.toFixed(digits) + " s";
    }
    const hours = Math.floor(value / 3600);
    const minutes = Math.floor(value / 60) % 60;
    const rest = Math.round(value % 60);
    const two = (number) => String(number).padStart(2, "0");
    return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
  }

  function milliseconds(value) {
    if (value >= 1000) return Number((value / 1000).toPrecision(3)) + " s";
    return value >= 1 ? Number(value.toPrecision(3)) + " ms" : Number((value * 1000).toPrecision(3)) + " µs";
  }

  const isNarrow = (name) => (document.getElementById("chart-" + name)?.parentElement.clientWidth ?? 0) < 560;

  function draw(name, config) {
    const canvas = document.getElementById("chart-" + name);
    if (!canvas) return;
    charts.push(new Chart(canvas, config));
  }

  function overTime(name, chart, color) {
    draw(name, {
      type: "bar",
      data: {
        labels: Array.from({length: chart.count}, (_, place) => time(place * chart.width, chart.width)),
        datasets: chart.series.map((one) => ({
          label: one.name, data: one.values, backgroundColor: color(one.name), categoryPercentage: 1, barPercentage: 0.92,
        })),
      },
      options: {
        interaction: {mode: "index", intersect: false},
        scales: {
          x: {stacked: true, grid: {display: false}, ticks: {maxTicksLimit: isNarrow(name) ? 5 : 12, maxRotation: 0},
              title: {display: true, text: "after the first call"}},
          y: {stacked: true, beginAtZero: true, grid: {color: quiet}, ticks: {precision: 0}},
        },
        plugins: {tooltip: {filter: (item) => item.parsed.y > 0}},
      },
    });
  }

  // A bar whose end fades, for a handle that was not closed.
  function fill(context) {
    const {chart, raw} = context;
    const color = raw && colorOfType(raw.type);
    if (!raw || raw.closed || !chart.chartArea) return color || "#0000";
    const [from, to] = raw.x.map((value) => chart.scales.x.getPixelForValue(value));
    if (!(to > from)) return color;
    const gradient = chart.ctx.createLinearGradient(from, 0, to, 0);
    gradient.addColorStop(0, color);
    gradient.addColorStop(0.6, color);
    gradient.addColorStop(1, color + "18");
    return gradient;
  }

  function lives(chart) {
    const canvas = document.getElementById("chart-lives");
    if (!canvas) return;
    const bars = chart.bars;
    // A handle may have the name of another: the place makes each label another one.
    const labels = bars.map((_, place) => String(place));
    const most = isNarrow("lives") ? 18 : 42;
    const shown = bars.map((bar) => (bar.label.length > most ? bar.label.slice(0, most - 1) + "…" : bar.label));
    const kinds = [...new Set(bars.map((bar) => bar.type))];
    const least = chart.span / 400;
    const datasets = kinds.map((type) => ({
      label: type, grouped: false, backgroundColor: fill, borderRadius: 2, barPercentage: 0.7, categoryPercentage: 1,
      data: bars.flatMap((bar, place) => bar.type !== type ? [] : [{
        x: [bar.from, Math.max(bar.to, bar.from + least)], y: labels[place], bar, type, closed: bar.closed,
      }]),
    }));
    const marks = bars.flatMap((bar, place) => bar.findings.map((one) => ({x: one.at, y: labels[place], rule: one.rule})));
    if (marks.length) {
      datasets.unshift({type: "scatter", label: "finding", data: marks, pointStyle: "crossRot", radius: 6,
                        borderColor: "#c2382f", backgroundColor: "#c2382f", borderWidth: 2.5, clip: 8});
    }
    canvas.parentElement.style.height = Math.max(140, bars.length * 19 + 90) + "px";
    draw("lives", {
      type: "bar",
      data: {labels, datasets},
      options: {
        indexAxis: "y",
        onClick: (event, items, chartOf) => {
          const hit = chartOf.getElementsAtEventForMode(event, "nearest", {axis: "y"}, false)[0];
          const bar = hit && chartOf.data.datasets[hit.datasetIndex].data[hit.index].bar;
          if (bar) location.hash = "calls-one-by-one?handle=" + bar.key;
        },
        scales: {
          x: {min: 0, max: chart.span || 1, grid: {color: quiet}, title: {display: true, text: "after the first call"},
              ticks: {maxRotation: 0, includeBounds: false, callback: (value, place, all) => time(value, all.length > 1 ? all[1].value - all[0].value : 1)}},
          y: {type: "category", grid: {display: false}, ticks: {autoSkip: false, callback: (value) => shown[value]}},
        },
        plugins: {
          legend: {labels: {generateLabels: (chartOf) => chartOf.data.datasets.map((one, place) => ({
            text: one.label, datasetIndex: place, lineWidth: 0, hidden: !chartOf.isDatasetVisible(place),
            fillStyle: one.type === "scatter" ? "#c2382f" : colorOfType(one.label)}))}},
          tooltip: {callbacks: {
            title: (items) => bars[items[0].raw.y].label,
            label: ({raw}) => raw.rule ? "finding: " + raw.rule : [
              raw.bar.opened ? `opened in frame ${raw.bar.opened}` : "opened before the capture",
              raw.bar.closed ? `closed in frame ${raw.bar.closed}` : "not closed in the capture",
              `used by ${raw.bar.uses} calls`,
            ],
          }},
        },
      },
    });
  }

  function times(chart) {
    const canvas = document.getElementById("chart-times");
    if (!canvas) return;
    canvas.parentElement.style.height = chart.methods.length * 34 + 110 + "px";
    // No bar starts where the axis does: the shortest is to be seen as well.
    const shortest = Math.min(...chart.series.flatMap((one) => one.values).filter((value) => value > 0));
    const least = Number.isFinite(shortest) ? 10 ** Math.floor(Math.log10(shortest / 2)) : undefined;
    draw("times", {
      type: "bar",
      data: {labels: chart.methods, datasets: chart.series.map((one) => ({
        label: one.name, data: one.values, backgroundColor: colors[one.name], categoryPercentage: 0.8, barPercentage: 0.9}))},
      options: {
        indexAxis: "y",
        interaction: {mode: "index", intersect: false, axis: "y"},
        scales: {
          x: {type: "logarithmic", min: least, grid: {color: quiet}, title: {display: true, text: "logarithmic"}, ticks: {
            callback: (value) => (/^[125]/.test(Number(value).toExponential()) ? milliseconds(value) : null), maxRotation: 0}},
          y: {grid: {display: false}, ticks: {autoSkip: false}},
        },
        plugins: {tooltip: {callbacks: {label: (item) => `${item.dataset.label}: ${milliseconds(item.parsed.x)}`}}},
      },
    });
  }

  // Colours of words and lines are those of the style sheet, for paper those of light.
  function drawAll() {
    const style = getComputedStyle(document.documentElement);
    charts.forEach((chart) => chart.destroy());
    charts = [];
    quiet = style.getPropertyValue("--line").trim();
    Chart.defaults.color = style.getPropertyValue("--soft").trim();
    overTime("calls", data.calls, (name) => colors[name]);
    lives(data.lives);
    overTime("open", data.open, colorOfType);
    overTime("notifications", data.notifications, (name) => colors[name]);
    times(data.times);
    // For those who test the page.
    document.documentElement.dataset.charts = String(charts.length);
  }

  drawAll();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  // A canvas keeps its width and colours unless it is drawn again.
  matchMedia("print").addEventListener("change", drawAll);
})();
