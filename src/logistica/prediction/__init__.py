"""The fitted thing itself: recipe and coefficients; predict, save, load."""
