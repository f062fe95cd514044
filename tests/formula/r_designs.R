# Reads table.csv and formulas.txt (one a line) in the working directory; writes design_<line>.csv with R's names.
library(splines)
table <- read.csv("table.csv")
for (name in c("a", "b", "c")) table[[name]] <- factor(table[[name]], levels = sort(unique(table[[name]]), method = "radix"))
C <- function(x, contrast) if (missing(contrast)) factor(x) else stats::C(factor(x), contrast)
Sum <- contr.sum
Helmert <- contr.helmert
Poly <- contr.poly
center <- function(x) x - mean(x)
options(contrasts = c("contr.treatment", "contr.poly"))
formulas <- readLines("formulas.txt")
for (i in seq_along(formulas)) {
  design <- model.matrix(as.formula(formulas[i]), table)
  write.table(format(design, digits = 17), sprintf("design_%d.csv", i), sep = "\t", row.names = FALSE, quote = FALSE)
}
