{#-
    What a build by window wrote into an incremental model: its touched rows as they are now, in a table of its own
    beside the touched keys. Models and tests that need these rows alone read them there, so that their cost is the
    window's: at ten million loans every look for them in the table itself reads 11 to 30 million keys.
-#}

{#- The rows that this build by window wrote into a model; all its rows in a whole build. -#}
{%- macro written(model_name) -%}
{%- set rows = ref(model_name) -%}
{%- if execute and is_windowed() and not rows.is_cte -%}
{%- do require_table() -%}
{{ written_table(model_name) }}
{%- else -%}
{{ rows }}
{%- endif -%}
{%- endmacro -%}


{%- macro written_table(model_name) -%}
{%- do return(api.Relation.create(
    database=target.database, schema=target.schema ~ "_touched", identifier="written_" ~ model_name, type="table"
)) -%}
{%- endmacro -%}


{%- macro keep_written(model_name, columns, selected) -%}
{{ forget_written(model_name) }};
create table {{ written_table(model_name) }} as
select {{ columns }} from {{ selected }}
{%- endmacro -%}


{%- macro forget_written(model_name) -%}
drop table if exists {{ written_table(model_name) }}
{%- endmacro -%}


{#- Before an incremental model is built whole: what its last window wrote goes. -#}
{%- macro forget_written_if_whole() -%}
{%- if execute and model.config.materialized == "incremental" and not is_windowed() -%}
{{ forget_written(model.name) }}
{%- endif -%}
{%- endmacro -%}
