"""Entries of a bench run, as pytest-benchmark saves them."""

from __future__ import annotations


def training(model="net", device="cpu", **changed):
    info = {
        "kind": "training",
        "model": model,
        "device": device,
        "accuracy": [0.95, 0.97, 0.96],
        "log_loss": [0.11, 0.1, 0.12],
        "parameters": 119457,
        "epochs": 50,
        "steady_epoch_seconds": [0.03, 0.031, 0.029],
        **changed,
    }
    stats = {"median": 5.432, "min": 5.1, "max": 6.789, "q1": 5.2, "q3": 6.0}
    return {"group": None, "extra_info": info, "stats": stats}


def inference(path, rows, seconds, model="net", device="cpu"):
    info = {"kind": "inference", "model": model, "device": device, "path": path, "rows": rows}
    stats = {"median": seconds, "min": seconds / 4, "max": seconds * 4}
    stats |= {"q1": seconds / 2, "q3": seconds * 2}
    return {"group": None, "extra_info": info, "stats": stats}
