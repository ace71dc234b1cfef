"""Figures, one file each: the data that is drawn, a drawing for pages, a chart for report.html."""
