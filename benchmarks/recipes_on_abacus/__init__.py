"""What recipes are worth on Abacus: cells, their runs, figures at equal budgets, tables, plots."""
