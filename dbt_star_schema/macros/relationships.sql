{#-
    dbt's own test joins every parent to the child's rows. Of a windowed build those are few (macros/test_scope.sql), so
    they are what the parents are looked up in: 440,000 rows among 2.9M parents took 1.1 s on DuckDB and take 0.8 s.
-#}
{%- macro default__test_relationships(model, column_name, to, field) %}

with child as (
    select {{ column_name }} as from_field
    from {{ model }}
    where {{ column_name }} is not null
)

select child.from_field
from child
where
    not exists (
        select 1
        from {{ to }} as parent
        where parent.{{ field }} = child.from_field
    )

{% endmacro -%}
