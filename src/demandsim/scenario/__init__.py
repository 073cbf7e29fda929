"""What may vary: practice, budgets, responses; read strictly from files."""
