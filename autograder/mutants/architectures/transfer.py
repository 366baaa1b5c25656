"""Known mistakes in the new head, in freezing and in the linear probe."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

REPLACE, FREEZE = "architectures.replace_head", "architectures.freeze"
PROBE = "architectures.linear_probe"

NEW = "new = nn.Linear(old.in_features, num_classes, old.bias is not None, old.weight.device, old.weight.dtype)"
PUT = "setattr(parent, last, new)"
NO_HEAD = 'if not names:\n    raise ValueError("the model has no nn.Linear that could be replaced")'
UNKNOWN = (
    "if until is not None and until not in children:\n"
    "    raise ValueError(f\"there is no child {until!r}; the children are {', '.join(children)}\")"
)
EVAL = "if freezing:\n        child.eval()"
FLAGS = "child.requires_grad_(not freezing)"
NAMES = 'frozen += [f"{name}.{key}" for key, _ in child.named_parameters()]'
RETURN = "return replace_head(model, num_classes)"

HEADS: tuple[Mutant, ...] = (
    Mutant(
        REPLACE,
        "first_linear_layer",
        "It looks as if the first linear layer is replaced; the head is the last one.",
        (("names[-1].rpartition", "names[0].rpartition"),),
    ),
    Mutant(
        REPLACE,
        "all_linear_layers",
        "It looks as if every linear layer is replaced; the head alone is.",
        (
            (
                PUT,
                "for other in names[:-1]:\n    above, _, key = other.rpartition('.')\n"
                "    was = model.get_submodule(other)\n    setattr(model.get_submodule(above), key, "
                "nn.Linear(was.in_features, num_classes, device=was.weight.device))\n" + PUT,
            ),
        ),
    ),
    Mutant(
        REPLACE,
        "old_head_still_there",
        "It looks as if the model still has its old layer: make a new one and put it in its place. To set out_features "
        "changes what is printed, not the weight.",
        ((PUT, "old.out_features = num_classes"),),
    ),
    Mutant(
        REPLACE,
        "in_a_copy",
        "It looks as if the head of a copy is replaced; change the model that was given.",
        (("place, _, last = names[-1]", "import copy\nmodel = copy.deepcopy(model)\nplace, _, last = names[-1]"),),
    ),
    Mutant(
        REPLACE,
        "behind_the_old_one",
        "It looks as if the new layer is put behind the old one, which is still there; put it in its place.",
        ((PUT, "setattr(parent, last, nn.Sequential(old, nn.Linear(old.out_features, num_classes)))"),),
    ),
    Mutant(
        REPLACE,
        "at_the_top_as_head",
        "It looks as if the new layer becomes model.head wherever the old one was; put it where the old one is, at any "
        "depth.",
        ((PUT, 'setattr(model, "head", new)'),),
    ),
    Mutant(
        REPLACE,
        "whole_classifier_replaced",
        "It looks as if the last child is replaced as a whole; replace the linear layer inside it alone.",
        ((PUT, "setattr(model, names[-1].split('.')[0], new)"),),
    ),
    Mutant(
        REPLACE,
        "children_alone",
        "It looks as if only the model's own children are looked at; the last linear layer may lie deeper.",
        (("in model.named_modules() if", "in model.named_children() if"),),
    ),
    Mutant(
        REPLACE,
        "last_child_alone",
        "It looks as if the head is taken for the last module of all; layers without weights may stand behind it.",
        (
            (
                "names = [name for name, module in model.named_modules() if isinstance(module, nn.Linear)]",
                "names = [n for n, m in list(model.named_modules())[-1:] if isinstance(m, nn.Linear)]",
            ),
        ),
    ),
    Mutant(
        REPLACE,
        "always_a_bias",
        "It looks as if the new head always has a bias; it has one where the old one had.",
        (("old.bias is not None", "True"),),
    ),
    Mutant(
        REPLACE,
        "never_a_bias",
        "It looks as if the new head has no bias; it has one where the old one had.",
        (("old.bias is not None", "False"),),
    ),
    Mutant(
        REPLACE,
        "dtype_forgotten",
        "It looks as if the new head is always float32; it has the dtype of the old one.",
        ((NEW, "new = nn.Linear(old.in_features, num_classes, old.bias is not None, old.weight.device)"),),
    ),
    Mutant(
        REPLACE,
        "device_forgotten",
        "It looks as if the new head is made on the CPU; it belongs on the device of the old one.",
        ((NEW, "new = nn.Linear(old.in_features, num_classes, old.bias is not None, dtype=old.weight.dtype)"),),
    ),
    Mutant(
        REPLACE,
        "frozen_like_the_old_one",
        "It looks as if the new head is frozen where the old one was; nothing would be left to train.",
        ((PUT, "new.requires_grad_(old.weight.requires_grad)\n" + PUT),),
    ),
    Mutant(
        REPLACE,
        "everything_frozen",
        "It looks as if the whole model is frozen together with the new head; replace_head freezes nothing.",
        ((PUT, PUT + "\nmodel.requires_grad_(False)"),),
    ),
    Mutant(
        REPLACE,
        "rest_frozen",
        "It looks as if replace_head freezes the rest of the model; that is what freeze and linear_probe do.",
        ((PUT, "model.requires_grad_(False)\n" + PUT),),
    ),
    Mutant(
        REPLACE,
        "everything_trainable",
        "It looks as if the whole model is made trainable; what was frozen stays frozen, but for the new head.",
        ((PUT, PUT + "\nmodel.requires_grad_(True)"),),
    ),
    Mutant(
        REPLACE,
        "two_levels_deep_at_most",
        "It looks as if the parent is looked up with getattr, which does not know a path such as top.block; "
        "get_submodule does.",
        (("parent = model.get_submodule(place)", "parent = getattr(model, place) if place else model"),),
    ),
    Mutant(
        REPLACE,
        "weight_exchanged",
        "It looks as if the old layer gets a new weight and bias, and its out_features still says the old number: put "
        "a new layer in its place.",
        ((PUT, "old.weight, old.bias = new.weight, new.bias"),),
    ),
    Mutant(
        REPLACE,
        "first_rows_kept",
        "It looks as if the first rows of the old head stay where there are fewer classes; the new ones are others.",
        ((PUT, f"if num_classes < old.out_features:\n    new.weight = nn.Parameter(old.weight[:num_classes])\n{PUT}"),),
    ),
    Mutant(
        REPLACE,
        "old_rows_kept",
        "It looks as if the weights of the old head are copied into the new one; the new classes are other ones.",
        (
            (
                PUT,
                "rows = min(num_classes, old.out_features)\nwith torch.no_grad():\n"
                "    new.weight[:rows] = old.weight[:rows]\n" + PUT,
            ),
        ),
    ),
    Mutant(
        REPLACE,
        "old_biases_kept",
        "It looks as if the biases of the old head are copied into the new one; the new classes are other ones.",
        (
            (
                PUT,
                "rows = min(num_classes, old.out_features)\nif new.bias is not None:\n"
                "    with torch.no_grad():\n        new.bias[:rows] = old.bias[:rows]\n" + PUT,
            ),
        ),
    ),
    Mutant(
        REPLACE,
        "old_one_does_for_as_many_classes",
        "It looks as if the old head stays where it has as many classes already; the new classes are other ones.",
        ((PUT, "if num_classes == old.out_features:\n    return model\n" + PUT),),
    ),
    Mutant(
        REPLACE,
        "moved_to_the_end",
        "It looks as if the old layer is deleted first, so that the new one comes behind all others: set it under the "
        "name of the old one, which stays where it is.",
        ((PUT, "delattr(parent, last)\n" + PUT),),
    ),
    Mutant(
        REPLACE,
        "everything_starts_anew",
        "It looks as if all layers are initialized anew; what was learned below the head should stay.",
        (
            (
                PUT,
                PUT + "\nfor module in model.modules():\n    if hasattr(module, 'reset_parameters'):\n"
                "        module.reset_parameters()",
            ),
        ),
    ),
    Mutant(
        REPLACE,
        "set_to_eval",
        "It looks as if replace_head changes the mode of the model; leave train and eval mode as they are.",
        ((PUT, PUT + "\nmodel.eval()"),),
    ),
    Mutant(
        REPLACE,
        "no_error_without_a_head",
        "It looks as if a model without a linear layer comes back as it is; raise ValueError.",
        ((NO_HEAD, "if not names:\n    return model"),),
    ),
    Mutant(
        REPLACE,
        "index_error_without_a_head",
        "It looks as if a model without a linear layer ends in an IndexError; raise ValueError and say why.",
        ((NO_HEAD, ""),),
    ),
    Mutant(
        REPLACE,
        "nothing_returned",
        "It looks as if nothing is returned; return the model.",
        (("return model", "return None"),),
    ),
)

FROZEN: tuple[Mutant, ...] = (
    Mutant(
        FREEZE,
        "ends_at_a_name_that_begins_alike",
        "It looks as if freezing ends at layer10 where until is layer1: compare the names with ==.",
        (("if name == until:", "if until is not None and name.startswith(until):"),),
    ),
    Mutant(
        FREEZE,
        "eval_mode_before_the_error",
        "It looks as if the model is put into eval mode before the name is looked up; nothing changes if it is wrong.",
        ((UNKNOWN, f"if until not in (None, *children):\n    model.eval()\n{UNKNOWN}"),),
    ),
    Mutant(
        FREEZE,
        "by_requires_grad_alone",
        "It looks as if only requires_grad is switched off; batch norm in train mode would go on moving its running "
        "statistics. Put the frozen children into eval mode, too.",
        ((EVAL, "if freezing:\n        pass"),),
    ),
    Mutant(
        FREEZE,
        "shallow_eval",
        "It looks as if training is set to False on the child alone, not on the modules in it; call its eval().",
        (("child.eval()", "child.training = False"),),
    ),
    Mutant(
        FREEZE,
        "by_eval_alone",
        "It looks as if the frozen children are in eval mode but their parameters still require gradients. (To set "
        "requires_grad on a module means nothing: call requires_grad_(False), or set it on each parameter.)",
        ((FLAGS, "child.requires_grad_(True)"),),
    ),
    Mutant(
        FREEZE,
        "until_excluded",
        "It looks as if the child `until` itself stays trainable; it is frozen, too.",
        (
            ("if name == until:\n        freezing = False", "pass"),
            (FLAGS, "if name == until:\n        freezing = False\n    " + FLAGS),
        ),
    ),
    Mutant(
        FREEZE,
        "later_children_left",
        "It looks as if children after `until` that were frozen stay frozen; they become trainable.",
        ((FLAGS, "if freezing:\n        child.requires_grad_(False)"),),
    ),
    Mutant(
        FREEZE,
        "everything_frozen",
        "It looks as if all children are frozen; freezing ends behind `until`.",
        (("if name == until:\n        freezing = False", "pass"),),
    ),
    Mutant(
        FREEZE,
        "until_alone",
        "It looks as if only the child `until` is frozen; those before it are, too.",
        ((FLAGS, "freezing = name == until\n    " + FLAGS),),
    ),
    Mutant(
        FREEZE,
        "weights_alone",
        "It looks as if only the weights of convolutions and linear layers are frozen; biases and batch norm are "
        "parameters, too.",
        ((FLAGS, "for p in child.parameters():\n        p.requires_grad_(not freezing or p.dim() < 2)"),),
    ),
    Mutant(
        FREEZE,
        "none_freezes_everything",
        "It looks as if until=None freezes the whole model; it freezes nothing.",
        (("freezing = until is not None", "freezing = True"),),
    ),
    Mutant(
        FREEZE,
        "none_leaves_everything",
        "It looks as if until=None leaves frozen what was frozen; then all children are trainable.",
        ((FLAGS, "if until is not None:\n        " + FLAGS),),
    ),
    Mutant(
        FREEZE,
        "names_that_begin_alike",
        "It looks as if children are found by how their names begin, so that layer1 means layer10 as well.",
        (
            (
                "if name == until:\n        freezing = False",
                "later = list(children)[list(children).index(name) + 1 :]\n"
                "    if until and name.startswith(until) and not any(n.startswith(until) for n in later):\n"
                "        freezing = False",
            ),
        ),
    ),
    Mutant(
        FREEZE,
        "names_listed_by_how_they_begin",
        "It looks as if the names are those that begin like a frozen child's, so that layer10.weight is among them "
        "where layer1 is frozen.",
        ((NAMES, "frozen += [n for n, _ in model.named_parameters() if n.startswith(name) and n not in frozen]"),),
    ),
    Mutant(
        FREEZE,
        "thawed_before_the_error",
        "It looks as if everything is made trainable before the name is looked up; nothing changes if it is wrong.",
        ((UNKNOWN, f"model.requires_grad_(True)\n{UNKNOWN}"),),
    ),
    Mutant(
        FREEZE,
        "train_mode_before_the_error",
        "It looks as if the model is put into train mode before the name is looked up; nothing changes if it is wrong.",
        ((UNKNOWN, f"if until not in (None, *children):\n    model.train()\n{UNKNOWN}"),),
    ),
    Mutant(
        FREEZE,
        "names_within_the_child",
        "It looks as if the names lack the child's; they should be as in model.named_parameters().",
        ((NAMES, "frozen += [key for key, _ in child.named_parameters()]"),),
    ),
    Mutant(
        FREEZE,
        "names_of_children",
        "It looks as if the names of the frozen children are returned; those of their parameters are asked for.",
        ((NAMES, "frozen.append(name)"),),
    ),
    Mutant(
        FREEZE,
        "running_statistics_among_the_names",
        "It looks as if running statistics are among the names; they are no parameters.",
        ((NAMES, 'frozen += [f"{name}.{key}" for key in child.state_dict()]'),),
    ),
    Mutant(
        FREEZE,
        "number_returned",
        "It looks as if the number of frozen parameters is returned; return their names.",
        (("return frozen", "return len(frozen)"),),
    ),
    Mutant(
        FREEZE,
        "trainable_names",
        "It looks as if the names of the trainable parameters are returned; return those of the frozen ones.",
        (("return frozen", "return [n for n, p in model.named_parameters() if p.requires_grad]"),),
    ),
    Mutant(
        FREEZE,
        "unknown_child_ignored",
        "It looks as if an unknown name passes in silence; raise ValueError and name the children.",
        ((UNKNOWN, ""),),
    ),
    Mutant(
        FREEZE,
        "key_error",
        "It looks as if an unknown name ends in a KeyError; raise ValueError and name the children.",
        ((UNKNOWN, "if until is not None:\n    children[until]"),),
    ),
    Mutant(
        FREEZE,
        "children_not_named",
        "It looks as if the message does not say which children there are.",
        ((UNKNOWN, 'if until is not None and until not in children:\n    raise ValueError(f"no child {until!r}")'),),
    ),
    Mutant(
        FREEZE,
        "frozen_before_the_error",
        "It looks as if a model is changed before the unknown name is noticed; look at the name first.",
        (
            (
                UNKNOWN,
                "if until is not None and until not in children:\n    model.requires_grad_(False)\n"
                "    raise ValueError(f\"no child {until!r}, only {', '.join(children)}\")",
            ),
        ),
    ),
    Mutant(
        FREEZE,
        "grandchildren_accepted",
        "It looks as if a name is looked up among all modules; the children alone count.",
        ((UNKNOWN, UNKNOWN.replace("not in children", "not in dict(model.named_modules())")),),
    ),
    Mutant(
        FREEZE,
        "weights_reset",
        "It looks as if freezing changes values; it changes flags and modes alone.",
        (("child.eval()", "child.eval()\n        for b in child.buffers():\n            b.zero_()"),),
    ),
)

PROBES: tuple[Mutant, ...] = (
    Mutant(
        PROBE,
        "children_alone_frozen",
        "It looks as if the children of the model are frozen one after the other, and parameters of its own are not.",
        (("model.requires_grad_(False)", "for child in model.children():\n    child.requires_grad_(False)"),),
    ),
    Mutant(
        PROBE,
        "last_child_in_train_mode",
        "It looks as if the last child is left in train mode; beside the head, dropout may lie in it.",
        (("model.eval()", "model.train()\n[child.eval() for child in list(model.children())[:-1]]"),),
    ),
    Mutant(
        PROBE,
        "begins_with_the_old_head",
        "It looks as if the new head begins with the weights of the old one; the new classes are other ones.",
        (
            (
                RETURN,
                "old = [m for m in model.modules() if isinstance(m, nn.Linear)][-1:]\n"
                "replace_head(model, num_classes)\n"
                "new = [m for m in model.modules() if isinstance(m, nn.Linear)][-1]\n"
                "rows = min(num_classes, old[0].out_features)\nwith torch.no_grad():\n"
                "    new.weight[:rows] = old[0].weight[:rows]\nreturn model",
            ),
        ),
    ),
    Mutant(
        PROBE,
        "head_frozen_too",
        "It looks as if the head is replaced first and then frozen with all else; nothing would be left to train.",
        ((RETURN, "model = replace_head(model, num_classes)\nreturn model.requires_grad_(False)"),),
    ),
    Mutant(
        PROBE,
        "body_trainable",
        "It looks as if the body stays trainable; in a linear probe the head alone trains. (To set requires_grad on a "
        "module means nothing: call requires_grad_(False).)",
        (("model.requires_grad_(False)", "pass"),),
    ),
    Mutant(
        PROBE,
        "in_train_mode",
        "It looks as if the model is in train mode at the end; the running statistics of its batch norm would move.",
        (("model.eval()", "pass"),),
    ),
    Mutant(
        PROBE,
        "head_not_replaced",
        "It looks as if the old head is thawed; the probe needs a new one for the new classes.",
        ((RETURN, "[m for m in model.modules() if isinstance(m, nn.Linear)][-1].requires_grad_(True)\nreturn model"),),
    ),
    Mutant(
        PROBE,
        "last_child_trainable",
        "It looks as if everything in the last child trains; the new linear layer alone should.",
        (
            (
                "model.requires_grad_(False)",
                "for child in list(model.children())[:-1]:\n    child.requires_grad_(False)",
            ),
        ),
    ),
    Mutant(
        PROBE,
        "linear_layers_trainable",
        "It looks as if all linear layers train; the new head alone should.",
        (
            (
                RETURN,
                "model = replace_head(model, num_classes)\nfor m in model.modules():\n"
                "    if isinstance(m, nn.Linear):\n        m.requires_grad_(True)\nreturn model",
            ),
        ),
    ),
    Mutant(
        PROBE,
        "convolutions_alone_frozen",
        "It looks as if only the convolutions are frozen; batch norm and linear layers below the head are, too.",
        (
            (
                "model.requires_grad_(False)",
                "for m in model.modules():\n    if isinstance(m, nn.Conv2d):\n        m.requires_grad_(False)",
            ),
        ),
    ),
    Mutant(
        PROBE,
        "bias_frozen",
        "It looks as if the bias of the new head is frozen; it trains, too.",
        (
            (
                RETURN,
                "model = replace_head(model, num_classes)\nfor n, p in model.named_parameters():\n"
                "    if n.endswith('bias'):\n        p.requires_grad_(False)\nreturn model",
            ),
        ),
    ),
    Mutant(
        PROBE,
        "in_a_copy",
        "It looks as if a copy is changed; change the model that was given.",
        (("model.requires_grad_(False)", "import copy\nmodel = copy.deepcopy(model)\nmodel.requires_grad_(False)"),),
    ),
    Mutant(
        PROBE,
        "features_start_anew",
        "It looks as if the features are initialized anew; the probe asks what they already know.",
        (
            (
                "model.eval()",
                "model.eval()\nfor module in model.modules():\n"
                "    if hasattr(module, 'reset_parameters'):\n        module.reset_parameters()",
            ),
        ),
    ),
)

MUTANTS: tuple[Mutant, ...] = (*HEADS, *FROZEN, *PROBES)
