{#-
    The latest value of a column, nulls left out, over a named window in the order of its rows. A join back to the row
    that the value stands in takes a third of the whole build of a dimension with history.
-#}
{%- macro last_known(column, window) -%}
{{ adapter.dispatch("last_known")(column, window) }}
{%- endmacro -%}


{%- macro duckdb__last_known(column, window) -%}
last_value({{ column }} ignore nulls) over {{ window }}
{%- endmacro -%}


{#- Postgres has no "ignore nulls" before version 19: the last entry of the values so far. -#}
{%- macro postgres__last_known(column, window) -%}
(array_agg({{ column }}) filter (where {{ column }} is not null) over {{ window }})[count({{ column }}) over {{ window }}]
{%- endmacro -%}
