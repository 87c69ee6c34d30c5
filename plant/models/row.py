"""The base of every plant row: what is wrong with it is said in a sentence, at the field where it can be mended."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.postgres.constraints import ExclusionConstraint
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models, router


class Row(models.Model):
    """A row whose database constraints speak: the `violation_error_code` of a constraint names the field that shows it."""

    class Meta:
        abstract = True

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Raise the sentences of every broken constraint, each at its field; at the row when the field is not being edited."""
        excluded = set(exclude or ())
        shown = {field.name for field in self._meta.fields} - excluded
        wrong: dict[str, list[ValidationError]] = {}
        using = router.db_for_write(type(self), instance=self)
        for model, constraints in self.get_constraints():
            for constraint in sorted(constraints, key=lambda each: isinstance(each, ExclusionConstraint)):
                if wrong and isinstance(constraint, ExclusionConstraint):
                    continue  # the server cannot compare a range that ends before it starts
                try:
                    constraint.validate(model, self, exclude=excluded, using=using)
                except ValidationError as refused:
                    field = refused.code if refused.code in shown else NON_FIELD_ERRORS
                    wrong.setdefault(str(field), []).append(refused)
        if wrong:
            raise ValidationError(wrong)
