{#-
    Tests of a windowed build read the rows that it could have changed; the rest passed when it was built. Whole builds
    test every row. A test of rows one by one reads those that the window wrote into the model (macros/written.sql). A
    test that holds rows against each other reads the touched rows of the table itself, so that one which should have
    gone cannot hide: every key that must be unique holds the touched one (and its day). Of a staging model the days of
    the window are tested (meta.window_day; null for a file that is read whole, whose change makes the build whole).
-#}
{%- macro test_scope(relation) -%}
{%- set node = graph.nodes.get("model." ~ project_name ~ "." ~ relation.identifier) if execute else none -%}
{%- if node is not none and is_windowed() -%}
    {%- set meta = node.config.meta -%}
    {%- if "touched" in meta -%}
        {%- if node.config.materialized == "incremental" and not compares_rows(model) -%}
            {%- do return("select * from " ~ written_table(node.name)) -%}
        {%- endif -%}
        {%- set model_name, key = meta["touched"].split(".") -%}
        {%- set touched = table_of(model_name) -%}
        {%- if "touched_from" in meta -%}
            {%- set both = relation ~ " as tested inner join " ~ touched ~ " as touched" -%}
            {%- do return("select tested.* from " ~ both ~ " on " ~ is_replaced("tested", meta)) -%}
        {%- endif -%}
        {%- do return("select * from " ~ relation ~ " where " ~ key ~ " in (select " ~ key ~ " from " ~ touched ~ ")") -%}
    {%- elif "window_day" in meta -%}
        {%- set condition = in_window(meta["window_day"]) if meta["window_day"] else "false" -%}
        {%- do return("select * from " ~ relation ~ " where " ~ condition) -%}
    {%- endif -%}
{%- endif -%}
{%- do return(none) -%}
{%- endmacro -%}


{%- macro compares_rows(test) -%}
{%- do return(test.test_metadata.name in ("unique", "ranges_do_not_overlap")) -%}
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
