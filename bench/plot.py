"""Draws the no-change runs of a benchmark: plot.py RESULTS.json PICTURE.svg"""
import json, statistics, sys

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({"svg.hashsalt": "cutover", "font.size": 9})
import matplotlib.pyplot as plt

rows = [row for row in json.load(open(sys.argv[1]))["rows"] if row["run"] == "no change"]
delays = sorted({row["delay"] for row in rows})
tools = list(dict.fromkeys(row["tool"] for row in rows))
figure, axes = plt.subplots(1, len(delays), sharey=True, figsize=(3 * len(delays) + 1, 3.2), squeeze=False)
for axis, delay in zip(axes[0], delays):
    for tool in tools:
        of = sorted((row for row in rows if row["delay"] == delay and row["tool"] == tool), key=lambda row: row["hosts"])
        walls = [statistics.median(cost["wall"] for cost in row["costs"]) for row in of]
        axis.plot([row["hosts"] for row in of], walls, marker="o", markersize=3, linewidth=2 if tool == "cutover" else 1, label=tool)
    axis.set(title=f"{delay} ms added", xlabel="hosts", xscale="log", yscale="log")
    ticks = sorted({row["hosts"] for row in rows if row["delay"] == delay})
    axis.set_xticks(ticks, [str(tick) for tick in ticks], minor=False)
    axis.minorticks_off()
    axis.grid(alpha=0.3)
axes[0][0].set_ylabel("seconds, no change")
axes[0][0].legend(fontsize=7)
figure.tight_layout()
figure.savefig(sys.argv[2], metadata={"Date": None})
