package reconcile

// Remembered is how many objects the worker remembers what it told of.
func (w *Worker) Remembered() int { return len(w.last) }
