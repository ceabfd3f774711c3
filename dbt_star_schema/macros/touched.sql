{#-
    Builds by window. A model in the folder touched/ lists the keys that a window's rows affect: those they name now,
    and those that the tables held for these days before, so that corrected and removed rows count. An incremental
    model says in meta.touched, as "model.column", which of them are its own; it selects those keys only, and the
    strategy replace_touched puts them in the place of the rows of these keys, in one transaction.
-#}

{#- Condition on a column: its value is one of the touched keys ("model.column"). True in a whole build. -#}
{%- macro is_touched(column, keys) -%}
{%- set model_name, key = keys.split(".") -%}
{%- if is_windowed() -%}
{%- do require_table() -%}
{{ column }} in (select {{ key }} from {{ ref(model_name) }})
{%- else -%}
{#- While dbt reads the project every dependency must show; a unit test of a whole build need not give this one. -#}
{%- if not execute -%}{%- do ref(model_name) -%}{%- endif -%}
true
{%- endif -%}
{%- endmacro -%}


{%- macro where_touched(column, keys) -%}
{%- set condition = is_touched(column, keys) -%}
{%- if is_windowed() -%}
where {{ condition }}
{%- endif -%}
{%- endmacro -%}


{#-
    The rows that an incremental model held before this build, to be read upstream of it (so not a ref: that would be a
    cycle). ``columns``: name -> type of what is read. A whole build replaces them unseen: there are none.
-#}
{%- macro previous(model_name, columns) -%}
{%- if execute and is_windowed() -%}
{{ existing_table(model_name) }}
{%- else -%}
(select {% for name, type in columns.items() %}cast(null as {{ type }}) as {{ name }}{{ ", " if not loop.last }}
{%- endfor %} where false)
{%- endif -%}
{%- endmacro -%}


{%- macro existing_table(model_name) -%}
{%- set found = adapter.get_relation(database=target.database, schema=target.schema, identifier=model_name) -%}
{%- if found is none -%}
{%- do exceptions.raise_compiler_error(
    "window_days asks for a build by window, but " ~ target.schema ~ "." ~ model_name ~ " does not exist yet; "
    ~ "build without window_days first"
) -%}
{%- endif -%}
{%- do return(found) -%}
{%- endmacro -%}


{#- A window's rows alone are no table: an incremental model must be there before it is built by window. -#}
{%- macro require_table() -%}
{%- if execute and model.resource_type == "model" and model.config.materialized == "incremental" -%}
{%- do existing_table(model.name) -%}
{%- endif -%}
{%- endmacro -%}


{#- A model's table by its name, for macros that dbt gives no ref. -#}
{%- macro table_of(model_name) -%}
{%- do return(graph.nodes["model." ~ project_name ~ "." ~ model_name].relation_name) -%}
{%- endmacro -%}


{#- Delete the touched keys' rows (all, in a whole build) and insert what was selected, in one transaction. -#}
{%- macro get_incremental_replace_touched_sql(arguments) -%}
{%- set model_name, key = config.get("meta")["touched"].split(".") -%}
{%- set columns = arguments["dest_columns"] | map(attribute="quoted") | join(", ") -%}
delete from {{ arguments["target_relation"] }}
{%- if is_windowed() %}
where {{ key }} in (select {{ key }} from {{ table_of(model_name) }})
{%- endif %};

insert into {{ arguments["target_relation"] }} ({{ columns }})
select {{ columns }} from {{ arguments["temp_relation"] }}
{%- endmacro -%}
