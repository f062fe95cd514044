# Fit with glmnet, timing the fit alone: Rscript glmnet.R FOLDER ALPHA OUTPUTS THRESHOLD
suppressMessages(library(glmnet))
given <- commandArgs(TRUE)
folder <- given[1]
alpha <- as.numeric(given[2])
outputs <- as.integer(given[3])
threshold <- as.numeric(given[4])
all_of <- function(name, what, size) {
  path <- file.path(folder, name)
  readBin(path, what, n = file.size(path) / size, size = size)
}
shape <- all_of("shape", "integer", 4)
y <- all_of("y", "integer", 4)
lambda <- all_of("lambda", "double", 8)
if (file.exists(file.path(folder, "dense"))) {
  X <- matrix(all_of("dense", "double", 8), nrow = shape[1])
} else {
  X <- new("dgCMatrix", i = all_of("indices", "integer", 4), p = all_of("indptr", "integer", 4),
           x = all_of("data", "double", 8), Dim = shape)
}
family <- if (outputs == 1) "binomial" else "multinomial"
glmnet.control(fdev = 0, devmax = 1)  # no penalty of the path is left out
began <- as.numeric(Sys.time())
fit <- glmnet(X, y, family = family, alpha = alpha, lambda = lambda, standardize = FALSE, thresh = threshold, maxit = 1e9)
seconds <- as.numeric(Sys.time()) - began
stopifnot(length(fit$lambda) == length(lambda))
of_class <- function(k) rbind(if (outputs == 1) fit$a0 else fit$a0[k, ],
                              as.matrix(if (outputs == 1) fit$beta else fit$beta[[k]]))
found <- array(0, c(shape[2] + 1, outputs, length(lambda)))
for (k in seq_len(outputs)) found[, k, ] <- of_class(k)
writeBin(c(seconds, as.vector(found)), file.path(folder, "found"), size = 8)
