"""The pages of the web app; the only modules that import Streamlit."""
