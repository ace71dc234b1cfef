"""Pages made from all results: README blocks, results/README.md, report.html."""
