"""Known mistakes in `network_table`, each with the sentence that explains it to a student."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

TABLE = "architectures.network_table"
LOOP = "for position, layer in enumerate(layers, 1):"
NAME = 'name = layer.get("name", f"{layer[\'kind\']}{position}")'
CALL = 'shape, memory_kb, parameters, multiply_adds = layer_cost({**layer, "input_shape": shape})'
RAISE = 'raise ValueError(f"{name}: {error}") from None'
ROW = 'row = {"name": name, "output_shape": shape, "memory_kb": memory_kb}'
APPEND = 'rows.append({**row, "parameters": parameters, "multiply_adds": multiply_adds})'
TOTALS = 'totals = {key: sum(row[key] for row in rows) for key in ("memory_kb", "parameters", "multiply_adds")}'
KIND_COUNT = "{kinds.count(layer['kind'])}"
START = "rows: list[dict[str, Any]] = []"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        TABLE,
        "not_chained",
        "It looks as if each layer gets the network's input; it gets what the layer before it gives out.",
        (
            (CALL, 'out, memory_kb, parameters, multiply_adds = layer_cost({**layer, "input_shape": shape})'),
            (ROW, ROW.replace("shape,", "out,")),
        ),
    ),
    Mutant(
        TABLE,
        "input_in_the_row",
        "It looks as if output_shape of a row is the layer's input; it is its output.",
        ((CALL, f"before = shape\n        {CALL}"), (ROW, ROW.replace("shape,", "before,"))),
    ),
    Mutant(
        TABLE,
        "old_input_shape_used",
        "It looks as if an input_shape that stands in the dict is used; the chain's shape counts.",
        ((CALL, CALL.replace('{**layer, "input_shape": shape}', '{"input_shape": shape, **layer}')),),
    ),
    Mutant(
        TABLE,
        "names_from_zero",
        "It looks as if the positions in the names begin at 0; they begin at 1.",
        ((LOOP, LOOP.replace("1", "0")),),
    ),
    Mutant(
        TABLE,
        "names_counted_by_kind",
        "It looks as if the layers of each kind are counted on their own; the number is the position in the list.",
        (
            (
                NAME,
                f"kinds = [other['kind'] for other in layers[:position]]\n    {NAME.replace('{position}', KIND_COUNT)}",
            ),
        ),
    ),
    Mutant(
        TABLE,
        "position_of_an_equal_layer",
        "It looks as if the position is looked up with index, which finds the first of equal layers; count instead.",
        ((NAME, NAME.replace("{position}", "{layers.index(layer) + 1}")),),
    ),
    Mutant(
        TABLE,
        "equal_layers_summed_once",
        "It looks as if a layer that stands in the list twice is in the totals once; all rows are summed.",
        ((TOTALS, TOTALS.replace("in rows)", "in [r for i, r in enumerate(rows) if layers[i] not in layers[:i]])")),),
    ),
    Mutant(
        TABLE,
        "position_in_the_error",
        "It looks as if the ValueError tells kind and position also where the layer has a name of its own.",
        ((RAISE, "raise ValueError(f\"{layer['kind']}{position}: {error}\") from None"),),
    ),
    Mutant(
        TABLE,
        "kind_in_the_error",
        "It looks as if the ValueError tells the kind of the layer; it is to hold its name, as in its row.",
        ((RAISE, "raise ValueError(f\"{layer['kind']}: {error}\") from None"),),
    ),
    Mutant(
        TABLE,
        "names_without_number",
        "It looks as if the names have no number; without a name of its own a layer is called conv1, max_pool2, ...",
        ((NAME, 'name = layer.get("name", layer["kind"])'),),
    ),
    Mutant(
        TABLE,
        "names_with_underscore",
        "It looks as if something stands between kind and position; the names are conv1, max_pool2, ...",
        ((NAME, 'name = layer.get("name", f"{layer[\'kind\']}_{position}")'),),
    ),
    Mutant(
        TABLE,
        "own_names_ignored",
        "It looks as if the layers' own names are not used.",
        ((NAME, "name = f\"{layer['kind']}{position}\""),),
    ),
    Mutant(
        TABLE,
        "own_names_numbered",
        "It looks as if the position is added to the layers' own names, too.",
        ((NAME, "name = f\"{layer.get('name', layer['kind'])}{position}\""),),
    ),
    Mutant(
        TABLE,
        "own_names_required",
        "It looks as if each layer needs a name of its own.",
        ((NAME, 'name = layer["name"]'),),
    ),
    Mutant(
        TABLE,
        "one_dict_for_all_rows",
        "It looks as if all rows are one and the same dict; make a new one for each layer.",
        (
            (START, f"{START}\nshared: dict[str, Any] = {{}}"),
            (
                APPEND,
                'shared |= {**row, "parameters": parameters, "multiply_adds": multiply_adds}\n    rows.append(shared)',
            ),
        ),
    ),
    Mutant(
        TABLE,
        "rows_are_tuples",
        "It looks as if the rows are tuples; they are dicts.",
        (("return rows, totals", "return [tuple(row.values()) for row in rows], totals"),),
    ),
    Mutant(
        TABLE,
        "rows_by_name",
        "It looks as if the rows are a dict by name; they are a list.",
        (("return rows, totals", 'return {row["name"]: row for row in rows}, totals'),),
    ),
    Mutant(
        TABLE,
        "memory_named_otherwise",
        "It looks as if the memory stands under another key; it is 'memory_kb'.",
        (("return rows, totals", 'return [{"memory": row.pop("memory_kb"), **row} for row in rows], totals'),),
    ),
    Mutant(
        TABLE,
        "totals_of_the_last_row",
        "It looks as if the totals are those of the last row; sum over all.",
        (
            (
                TOTALS,
                'totals = {key: rows[-1][key] if rows else 0 for key in ("memory_kb", "parameters", "multiply_adds")}',
            ),
        ),
    ),
    Mutant(
        TABLE,
        "first_row_left_out",
        "It looks as if the first row is missing in the totals.",
        ((TOTALS, TOTALS.replace("in rows)", "in rows[1:])")),),
    ),
    Mutant(
        TABLE,
        "last_row_left_out",
        "It looks as if the last row is missing in the totals.",
        ((TOTALS, TOTALS.replace("in rows)", "in rows[:-1])")),),
    ),
    Mutant(
        TABLE,
        "layers_with_weights_alone",
        "It looks as if only layers with weights are in the totals; all rows are, pools and flatten, too.",
        ((TOTALS, TOTALS.replace("in rows)", 'in rows if row["parameters"])')),),
    ),
    Mutant(
        TABLE,
        "flatten_left_out",
        "It looks as if flatten is missing in the totals; all rows are summed.",
        ((TOTALS, TOTALS.replace("in rows)", 'in rows if row["multiply_adds"])')),),
    ),
    Mutant(
        TABLE,
        "largest_memory",
        "It looks as if the total of the memory is the largest row; it is the sum.",
        ((TOTALS, f'{TOTALS}\ntotals["memory_kb"] = max((row["memory_kb"] for row in rows), default=0)'),),
    ),
    Mutant(
        TABLE,
        "first_row_twice",
        "It looks as if the first row is in the total of the memory twice; start the sum at 0.",
        (
            (
                TOTALS,
                f'{TOTALS}\ntotals["memory_kb"] += rows[0]["memory_kb"] if rows else 0',
            ),
        ),
    ),
    Mutant(
        TABLE,
        "totals_in_megabytes",
        "It looks as if the total of the memory is in MB; it is in KB, as the rows are.",
        ((TOTALS, f'{TOTALS}\ntotals["memory_kb"] /= 1024'),),
    ),
    Mutant(
        TABLE,
        "totals_missing",
        "It looks as if the rows come back alone; the totals are missing.",
        (("return rows, totals", "return rows"),),
    ),
    Mutant(
        TABLE,
        "totals_as_a_row",
        "It looks as if the totals are also added to the rows.",
        (
            (
                "return rows, totals",
                'rows.append({"name": "total", "output_shape": shape, **totals})\nreturn rows, totals',
            ),
        ),
    ),
    Mutant(
        TABLE,
        "running_sums",
        "It looks as if the rows hold running sums; each holds the costs of its own layer.",
        ((APPEND, "parameters += rows[-1]['parameters'] if rows else 0\n    " + APPEND),),
    ),
    Mutant(
        TABLE,
        "empty_list_refused",
        "It looks as if an empty list of layers is refused; it has no rows and totals of 0.",
        ((START, f'if not layers:\n    raise ValueError("no layers")\n{START}'),),
    ),
    Mutant(
        TABLE,
        "unnamed_error",
        "It looks as if the ValueError does not name the layer that does not fit.",
        ((RAISE, "raise error"),),
    ),
    Mutant(
        TABLE,
        "layer_before_in_the_error",
        "It looks as if the ValueError names the layer before the one that does not fit.",
        ((RAISE, "raise ValueError(f\"{rows[-1]['name'] if rows else 'input'}: {error}\") from None"),),
    ),
    Mutant(
        TABLE,
        "other_error",
        "It looks as if another error is raised for a layer that does not fit: raise ValueError.",
        ((RAISE, 'raise RuntimeError(f"{name}: {error}") from None'),),
    ),
    Mutant(
        TABLE,
        "misfits_skipped",
        "It looks as if a layer that does not fit is left out: raise ValueError.",
        ((RAISE, "continue"),),
    ),
    Mutant(
        TABLE,
        "ends_at_a_misfit",
        "It looks as if the table ends before a layer that does not fit: raise ValueError.",
        ((RAISE, "break"),),
    ),
    Mutant(
        TABLE,
        "shapes_written_into_the_dicts",
        "It looks as if input_shape is written into the dicts that were given: make a copy, {**layer, ...}.",
        ((CALL, f'layer["input_shape"] = shape\n        {CALL}'),),
    ),
    Mutant(
        TABLE,
        "names_written_into_the_dicts",
        "It looks as if names are written into the dicts that were given: use get, not setdefault.",
        ((NAME, NAME.replace("get", "setdefault")),),
    ),
    Mutant(
        TABLE,
        "name_of_the_last_layer",
        "It looks as if the message holds the name of the last layer; it names the one that does not fit.",
        ((RAISE, "raise ValueError(f\"{layers[-1].get('name', name)}: {error}\") from None"),),
    ),
    Mutant(
        TABLE,
        "list_emptied",
        "It looks as if layers are taken out of the list that was given; go through it with a loop.",
        ((LOOP, "for position in range(1, len(layers) + 1):\n    layer = layers.pop(0)"),),
    ),
)
