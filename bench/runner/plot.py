"""Draws the runs of a benchmark: plot.py RESULTS.json PICTURE.svg"""
import json, statistics, sys

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({"svg.hashsalt": "cutover", "font.size": 9})
import matplotlib.pyplot as plt

rows = json.load(open(sys.argv[1]))["rows"]
panels = sorted({(row["run"], row["delay"]) for row in rows})
tools = list(dict.fromkeys(row["tool"] for row in rows))
figure, axes = plt.subplots(1, len(panels), sharey=True, figsize=(3 * len(panels) + 1, 3.2), squeeze=False)
for axis, (run, delay) in zip(axes[0], panels):
    here = [row for row in rows if (row["run"], row["delay"]) == (run, delay)]
    for tool in tools:
        of = sorted((row for row in here if row["tool"] == tool), key=lambda row: row["hosts"])
        walls = [statistics.median(cost["wall"] for cost in row["costs"]) for row in of]
        axis.plot([row["hosts"] for row in of], walls, marker="o", markersize=3, linewidth=2 if tool == "cutover" else 1, label=tool)
    axis.set(title=f"{run}, {delay} ms added", xlabel="hosts", xscale="log", yscale="log")
    ticks = sorted({row["hosts"] for row in here})
    axis.set_xticks(ticks, [str(tick) for tick in ticks], minor=False)
    axis.minorticks_off()
    axis.grid(alpha=0.3)
axes[0][0].set_ylabel("seconds")
axes[0][0].legend(fontsize=7)
figure.tight_layout()
figure.savefig(sys.argv[2], metadata={"Date": None})
