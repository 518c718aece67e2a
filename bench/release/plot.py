"""Draws how long each way takes to its first new answer: plot.py RESULTS.json PICTURE.svg"""
import json, statistics, sys

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({"svg.hashsalt": "cutover", "font.size": 9})
import matplotlib.pyplot as plt

results = json.load(open(sys.argv[1]))
steps = ["deploy, image not there", "deploy, image there", "rollback"]
ways = results["ways"]
figure, axis = plt.subplots(figsize=(8, 3.4))
width = 0.8 / len(ways)
for place, (name, way) in enumerate(ways.items()):
    values = [statistics.median(one["first"] for one in way["steps"][step]) for step in steps]
    at = [index + (place - (len(ways) - 1) / 2) * width for index in range(len(steps))]
    seen = way["seen"]
    bars = axis.bar(at, values, width * 0.9, label=f"{name}: {seen['failed']} of {seen['sent']} failed")
    axis.bar_label(bars, fmt="%.1f", fontsize=7)
axis.axhline(statistics.median(results["starts"]), color="black", linewidth=0.8, linestyle="--", label="the app’s own start")
axis.set_xticks(range(len(steps)), steps)
axis.set_ylabel("seconds to the first new answer")
axis.margins(y=0.45)
axis.legend(fontsize=7, ncols=2)
figure.tight_layout()
figure.savefig(sys.argv[2], metadata={"Date": None})
