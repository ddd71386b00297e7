"""Cleaning steps as data that replay: what was decided on one file is done to the next, with word of what no longer fits.

A recipe is made in the cleanup widget or written by hand, and needs neither widget nor browser to be replayed.
"""

from __future__ import annotations

from scimrecon.recipes.clusters import By, find_clusters
from scimrecon.recipes.coding import Coded, Taken, encode
from scimrecon.recipes.recipe import Recipe, Replay, open_recipe, take_step
from scimrecon.recipes.steps import Case, ChangeCase, MapValues, Merge, SetBlank, Split, Step, Trim, split_text, trim_text
from scimrecon.recipes.writing import write_step

__all__ = [
    "By",
    "Case",
    "ChangeCase",
    "Coded",
    "MapValues",
    "Merge",
    "Recipe",
    "Replay",
    "SetBlank",
    "Split",
    "Step",
    "Taken",
    "Trim",
    "encode",
    "find_clusters",
    "open_recipe",
    "split_text",
    "take_step",
    "trim_text",
    "write_step",
]
