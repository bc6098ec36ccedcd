// The package manager wants one source file in a C target; everything else is in include/.
