"""Writing many changed rows back in one statement.

Django's bulk_update spells a CASE for each field and row: for fifty rows of six fields that
costs more, in Python and in the database's parser, than all the rest of approving them.
"""

from collections.abc import Collection, Sequence

from django.db import connection
from django.db.models import Model


def write_back(rows: Collection[Model], fields: Sequence[str]) -> None:
    """Update `fields` of rows that exist, all of one model, to what the instances say."""
    if not rows:
        return
    meta = next(iter(rows))._meta
    assert meta.pk is not None
    chosen = [meta.pk, *(meta.get_field(name) for name in fields)]
    arrays = [
        [field.get_db_prep_save(getattr(row, field.attname), connection) for row in rows]  # type: ignore[union-attr]
        for field in chosen
    ]
    types = ", ".join(f"%s::{_array_type(field.db_type(connection))}" for field in chosen)  # type: ignore[union-attr]
    names = ", ".join(f'"{field.column}"' for field in chosen)  # type: ignore[union-attr]
    changes = ", ".join(f'"{field.column}" = new."{field.column}"' for field in chosen[1:])  # type: ignore[union-attr]
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{meta.db_table}" AS old SET {changes}'  # noqa: S608 - names of our models
            f" FROM unnest({types}) AS new({names})"
            f' WHERE old."{meta.pk.column}" = new."{meta.pk.column}"',
            arrays,
        )


def _array_type(column_type: str | None) -> str:
    return f"{(column_type or 'text').partition('(')[0]}[]"
