"""Parallel work by joblib, in threads, in processes or on a cluster, which gets what tasks share once."""

from joblib import Parallel, delayed
from joblib.parallel import get_active_backend


class Workers:
    """Where tasks run: where ``n_jobs`` or ``joblib.parallel_config`` say.

    Parameters
    ----------
    *shared : object
        What every task gets as its first arguments. A cluster is sent it once, and each of its workers keeps a copy.
    n_jobs : int or None
    prefer : "threads" or None, default=None
        What to use unless ``parallel_config`` names a backend.
    """

    def __init__(self, *shared, n_jobs, prefer=None):
        self._shared, self._options, self._sent = shared, {"n_jobs": n_jobs, "prefer": prefer}, None

    def run(self, function, tasks, ordered=True, load=None):
        """Yield the results of a function of the shared objects and of a task, a tuple of further arguments.

        Parameters
        ----------
        function : callable
        tasks : iterable of tuple
        ordered : bool, default=True
            Whether results come in the order of the tasks, or as they are finished.
        load : callable or None, default=None
            Returns the arguments that a task stands for, just before it is sent.
        """
        call, shared = delayed(_call), self._reference()
        parallel = Parallel(return_as="generator" if ordered else "generator_unordered", **self._options)
        yield from parallel(call(shared, function, task if load is None else load(*task)) for task in tasks)

    def _reference(self):
        """Return the shared objects, or a future of them on a Dask cluster.

        joblib itself would put them on one worker, with which they are lost, and the call never returns. As the result
        of a task they are made again. Calls inside of tasks leave that to joblib: the whole task is run again.
        """
        backend, _ = get_active_backend()
        if type(backend).__name__ != "DaskDistributedBackend":
            return self._shared
        import dask
        from distributed import get_worker

        try:
            get_worker()
        except ValueError:
            if self._sent is None:
                # Dask advises against large arguments, which here are what a cluster is sent at all.
                with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 TiB"}):
                    self._sent = backend.client.submit(_same, self._shared, pure=False)
            return self._sent
        return self._shared


def _same(shared):
    return shared


def _call(shared, function, task):
    return function(*shared, *task)
