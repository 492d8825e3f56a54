"""Figures for every page: charts as SVG text, and exact intervals of counts."""
