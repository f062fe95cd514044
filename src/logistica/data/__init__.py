"""Tables and files become columns, columns become blocks; labels; the recipe from raw column to numbers."""
