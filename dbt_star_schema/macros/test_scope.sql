{#-
    Tests of a windowed build read the rows that it could have changed: the touched keys of the model under test, or the
    days of a staging model (meta.window_day; null for a file that is read whole, whose change makes the build whole).
    The rest passed when it was built. Every key that must be unique
    holds the touched one, so a repeated key cannot hide in the rows left out. Whole builds test every row.
-#}
{%- macro test_scope(relation) -%}
{%- set node = graph.nodes.get("model." ~ project_name ~ "." ~ relation.identifier) if execute else none -%}
{%- if node is not none and is_windowed() -%}
    {%- set meta = node.config.meta -%}
    {%- if "touched" in meta -%}
        {%- do return(is_replaced("tested", meta)) -%}
    {%- elif "window_day" in meta -%}
        {%- do return(in_window(meta["window_day"]) if meta["window_day"] else "false") -%}
    {%- endif -%}
{%- endif -%}
{%- do return(none) -%}
{%- endmacro -%}


{#- dbt's own macro around the rows of a generic test, with the scope added to the test's ``where``. -#}
{%- macro default__get_where_subquery(relation) -%}
{%- set conditions = [config.get("where", ""), test_scope(relation)] | select | list -%}
{%- if not conditions -%}
{%- do return(relation) -%}
{%- endif -%}
{%- do return("(select * from " ~ relation ~ " as tested where (" ~ conditions | join(") and (") ~ ")) dbt_subquery") -%}
{%- endmacro -%}
