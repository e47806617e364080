"""The four verbs: receive, decide, deliver and forget, each a loop, with one place that keeps them going."""
