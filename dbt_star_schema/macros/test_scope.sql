{#-
    Tests of a windowed build read the rows that it could have changed: the touched rows of the model under test, or the
    days of a staging model (meta.window_day; null for a file that is read whole, whose change makes the build whole).
    The rest passed when it was built. Every key that must be unique holds the touched one (and its day), so a repeated
    key cannot hide in the rows left out. Whole builds test every row.
-#}
{%- macro test_scope(relation) -%}
{%- set node = graph.nodes.get("model." ~ project_name ~ "." ~ relation.identifier) if execute else none -%}
{%- if node is not none and is_windowed() -%}
    {%- set meta = node.config.meta -%}
    {%- if "touched" in meta -%}
        {%- set model_name, key = meta["touched"].split(".") -%}
        {%- set touched = table_of(model_name) -%}
        {%- if "touched_from" in meta -%}
            {%- set condition = is_since("tested", key, meta["touched_from"]) -%}
            {%- set both = relation ~ " as tested inner join " ~ touched ~ " as touched" -%}
            {%- do return("select tested.* from " ~ both ~ " on " ~ condition) -%}
        {%- endif -%}
        {%- do return("select * from " ~ relation ~ " where " ~ key ~ " in (select " ~ key ~ " from " ~ touched ~ ")") -%}
    {%- elif "window_day" in meta -%}
        {%- set condition = in_window(meta["window_day"]) if meta["window_day"] else "false" -%}
        {%- do return("select * from " ~ relation ~ " where " ~ condition) -%}
    {%- endif -%}
{%- endif -%}
{%- do return(none) -%}
{%- endmacro -%}


{#- dbt's own macro around the rows of a generic test, with the scope in the place of the relation. -#}
{%- macro default__get_where_subquery(relation) -%}
{%- set scope, condition = test_scope(relation), config.get("where", "") -%}
{%- if not scope and not condition -%}
{%- do return(relation) -%}
{%- endif -%}
{%- set rows = "(" ~ scope ~ ") as scope" if scope else relation -%}
{%- do return("(select * from " ~ rows ~ (" where " ~ condition if condition else "") ~ ") dbt_subquery") -%}
{%- endmacro -%}
