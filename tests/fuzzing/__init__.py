"""Every reader of foreign bytes, tried on damaged files: a result or a clear refusal, and nothing else.

`seeds` writes small valid files, `mutate` damages them, `readers` lists who reads what, `child` tries them in a process
of its own under limits, `trial` starts such processes and collects what they say.
"""
