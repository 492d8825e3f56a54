"""Figures for pages: charts as SVG text, and exact intervals of counts."""
