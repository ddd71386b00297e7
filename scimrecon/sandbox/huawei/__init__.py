"""What the practice server of the dialect `huawei` does."""
